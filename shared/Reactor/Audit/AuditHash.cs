using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>
/// What ties a record to all before it: SHA-256 of the hash before (32 bytes), the number (8 bytes, big-endian) and the record's JSON exactly as
/// it is stored (UTF-8). Whoever changes, removes, adds or moves a record has to change every later hash, and those were told outside.
/// </summary>
public static class AuditHash
{
    public static AuditPoint After(AuditPoint before, string json)
    {
        var text = Encoding.UTF8.GetBytes(json);
        var bytes = new byte[32 + 8 + text.Length];
        Convert.FromHexString(before.Hash).CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(32), before.Sequence + 1);
        text.CopyTo(bytes, 40);
        return new AuditPoint(before.Sequence + 1, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>"12:ab34…" as <see cref="AuditPoint.ToString"/> writes it; null when it is not.</summary>
    public static AuditPoint? Parse(string text) =>
        text.Split(':') is [var number, var hash]
            && long.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var sequence)
            && hash.Length == 64 && hash.All(char.IsAsciiHexDigit)
                ? new AuditPoint(sequence, hash.ToLowerInvariant())
                : null;
}
