using System.IO.Compression;
using System.Text;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// JSON as it lies in Redis: as it is, or compressed when it is large, because every save of a panel travels to the server, its log and its
/// replicas. Gzip, because its first bytes tell it from JSON and whoever is on call can read it: redis-cli … | gunzip.
/// </summary>
internal static class RedisJson
{
    private const int Large = 16 * 1024;

    public static byte[] Pack(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        if (bytes.Length < Large) return bytes;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <exception cref="InvalidDataException">Compressed and damaged.</exception>
    public static string? Unpack(byte[]? bytes)
    {
        if (bytes is null) return null;
        // https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
        if (bytes is not [0x1f, 0x8b, ..]) return Encoding.UTF8.GetString(bytes);
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var text = new StreamReader(gzip, Encoding.UTF8);
        return text.ReadToEnd();
    }
}
