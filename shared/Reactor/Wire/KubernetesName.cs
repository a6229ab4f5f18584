namespace Sophia.Keda.Reactor.Wire;

/// <summary>DNS-1123 names: what may be asked of the API server as part of a path.</summary>
public static class KubernetesName
{
    /// <summary>A namespace: a DNS-1123 label.</summary>
    public static bool IsNamespace(string text) => text.Length <= 63 && !text.Contains('.') && IsName(text);

    /// <summary>A ScaledObject or Deployment: a DNS-1123 subdomain.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= 253 && text.Split('.').All(IsLabel);

    private static bool IsLabel(string label) =>
        label.Length > 0 && label[0] != '-' && label[^1] != '-'
            && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
