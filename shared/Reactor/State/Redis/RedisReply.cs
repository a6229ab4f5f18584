using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>What a script said, without the word "done" that it begins with.</summary>
internal sealed class RedisReply(RedisResult[] parts)
{
    public int Count => parts.Length - 1;

    public bool IsNull(int index) => parts[index + 1].IsNull;

    public string Text(int index) => (string?)parts[index + 1] ?? "";

    public long Number(int index) => (long)parts[index + 1];

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
