using System.Security.Cryptography;
using System.Text;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>A fingerprint for senders that give none: the same parts, the same fingerprint, in every process.</summary>
internal static class Fingerprint
{
    private const int Bytes = 12;

    /// <param name="parts">In their order, each without a line break.</param>
    public static string Of(params ReadOnlySpan<string?> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)))[..Bytes]);
}
