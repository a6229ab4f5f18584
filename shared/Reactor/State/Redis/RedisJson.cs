using System.IO.Compression;
using System.Text;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// JSON as it lies in Redis: as it is, or compressed when it is large, because every save of a panel travels to the server, its log and its
/// replicas. JSON never begins with a byte as small as the mark.
/// </summary>
internal static class RedisJson
{
    private const byte Compressed = 1;
    private const int Large = 16 * 1024;

    public static byte[] Pack(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        if (bytes.Length < Large) return bytes;
        using var packed = new MemoryStream();
        packed.WriteByte(Compressed);
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            brotli.Write(bytes);
        return packed.ToArray();
    }

    /// <exception cref="InvalidDataException">Compressed and damaged.</exception>
    public static string? Unpack(byte[]? bytes)
    {
        if (bytes is null) return null;
        if (bytes is not [Compressed, ..]) return Encoding.UTF8.GetString(bytes);
        using var packed = new MemoryStream(bytes, 1, bytes.Length - 1);
        using var brotli = new BrotliStream(packed, CompressionMode.Decompress);
        using var text = new StreamReader(brotli, Encoding.UTF8);
        try
        {
            return text.ReadToEnd();
        }
        catch (InvalidOperationException exception)
        {
            // What BrotliStream throws for data that is no Brotli at all.
            throw new InvalidDataException(exception.Message, exception);
        }
    }
}
