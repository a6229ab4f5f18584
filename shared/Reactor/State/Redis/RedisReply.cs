using System.Globalization;
using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>What a script said, without the word "done" that it begins with. What is no number where one must stand is refused.</summary>
internal sealed class RedisReply(RedisScripts scripts, RedisResult[] parts)
{
    public int Count => parts.Length - 1;

    public bool IsNull(int index) => parts[index + 1].IsNull;

    public string Text(int index) => (string?)parts[index + 1] ?? "";

    public long Number(int index)
    {
        try
        {
            return (long)parts[index + 1];
        }
        catch (Exception unfit) when (unfit is InvalidCastException or FormatException or OverflowException)
        {
            throw Unfit(Text(index), "a whole number");
        }
    }

    /// <summary>The number at the beginning of a text of ours.</summary>
    public long Parsed(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Unfit(text, "a whole number");

    public StoreContentException Unfit(string found, string expected) => scripts.Refuse("*", $"\"{Wire.Text.Clean(found, 60)}\"", expected);

    /// <summary>As it lies there; null when there is none.</summary>
    public byte[]? Bytes(int index) => (byte[]?)parts[index + 1];

    /// <summary>Null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is compressed and damaged.</exception>
    public string? Json(int index) => RedisJson.Unpack(Bytes(index));

    /// <summary>The same, and null also when it is damaged: for entries of queues, which are passed over then.</summary>
    public string? JsonOrNull(int index)
    {
        try
        {
            return Json(index);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
