using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>An operator's share of the ScaledObjects by the environment of its own container.</summary>
internal static class ShareReader
{
    /// <summary>Null with the reason when it can't be told.</summary>
    /// <param name="ns">The Deployment's own namespace.</param>
    /// <param name="env">Of its container.</param>
    /// <param name="looksAtLabels">False: its release is known, and is from before 2.21, which does not look at labels (#7816).</param>
    /// <param name="more">True when the container takes further variables from ConfigMaps or Secrets, which are never read.</param>
    /// <param name="problem">Why it can't be told; empty when it can.</param>
    public static OperatorShare? Read(string ns, WatchedEnv? env, bool looksAtLabels, bool more, out string problem)
    {
        var namespaces = Value(WatchedEnv.NamespaceName, env?.Namespace, ns, more, out problem);
        if (namespaces is null)
            return null;
        var selector = !looksAtLabels ? "" : Value(WatchedEnv.LabelSelectorName, env?.LabelSelector, ns, more, out problem);
        return selector is null ? null : OperatorShare.Read(namespaces, selector, out problem);
    }

    private static string? Value(string name, EnvDto? variable, string ns, bool more, out string problem)
    {
        problem = "";
        if (variable is null)
        {
            // What stands in env overrides envFrom; what does not may stand there.
            if (more)
                problem = $"{name} may come from envFrom, which is not read";
            return more ? null : "";
        }

        if (variable.ValueFrom is { } from)
        {
            if (from.FieldRef?.FieldPath == "metadata.namespace")
                return ns;
            problem = $"{name} is taken from elsewhere (valueFrom), which is not read";
            return null;
        }

        if (variable.Value?.Contains("$(", StringComparison.Ordinal) is not true)
            return variable.Value ?? "";
        problem = $"{name} is put together from other variables ('{Words.Cut(variable.Value)}')";
        return null;
    }
}
