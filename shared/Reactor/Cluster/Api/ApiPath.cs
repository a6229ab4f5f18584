using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Paths to single objects. A name is checked before it comes near a path: it may have been read from an annotation or an order.</summary>
internal static partial class ApiPath
{
    public const string FieldManager = "fieldManager=" + Annotations.Manager;

    /// <summary>The first of the names that is not DNS-1123, in words; null when all are.</summary>
    public static string? Fault(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (name.Length > 253 || !Dns1123().IsMatch(name))
                return Words.Cut($"'{name}' is not a DNS-1123 name; nothing was sent");
        }

        return null;
    }

    public static string ScaledObject(TargetId target) => Object("apis/keda.sh/v1alpha1", target.Namespace, "scaledobjects", target.Name);

    public static string Hpa(string ns, string name) => Object("apis/autoscaling/v2", ns, "horizontalpodautoscalers", name);

    public static string Object(string root, string ns, string plural, string name) =>
        $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Uri.EscapeDataString(plural)}/{Uri.EscapeDataString(name)}";

    // \z, since $ would let a line break through.
    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex Dns1123();
}
