using System.Security.Cryptography;
using System.Text;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The name of a ScaledObject's fallback HPA: the same on every run, so that a crash never makes a second one.</summary>
public static class FallbackName
{
    /// <summary>Longest name: it is also used as a label value, which Kubernetes cuts off at 63.</summary>
    public const int MaxLength = 63;

    private const string Suffix = "-fallback";
    private const int HashLength = 8;

    /// <summary>
    /// <c>&lt;scaledobject&gt;-fallback</c>; when that is too long, the name is cut and eight hex digits of its hash tell apart
    /// names that begin alike.
    /// </summary>
    public static string For(string scaledObjectName)
    {
        ArgumentException.ThrowIfNullOrEmpty(scaledObjectName);
        if (scaledObjectName.Length + Suffix.Length <= MaxLength)
            return scaledObjectName + Suffix;

        var hash = HashOf(scaledObjectName);
        var kept = scaledObjectName[..(MaxLength - Suffix.Length - HashLength - 1)];

        // A cut may end just behind a '-' or '.', and ".-" is not DNS-1123.
        return $"{kept.TrimEnd('-', '.')}-{hash}{Suffix}";
    }

    internal static string HashOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashLength];
}
