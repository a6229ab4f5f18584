using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>A target that nobody had a reason to move is never written to; and nothing is ever written to what is neither a target nor its autoscaler.</summary>
internal sealed class WriteCheck(World world) : ICheck
{
    public void Wrote(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.Contains("/events", StringComparison.Ordinal))
            return;
        if (TargetOf(path) is not { } target)
            world.Broken(3, $"a write to what is no target: {request.Method} {path}");
        else if (!world.Truth.EverReason(target))
            world.Broken(3, $"{target} was written to without a reason: {request.Method} {path}");
    }

    /// <summary>"…/namespaces/NS/KIND/NAME…": a ScaledObject, a workload, or an HPA that drives one.</summary>
    private TargetId? TargetOf(string path)
    {
        var parts = path.Trim('/').Split('/');
        var at = Array.IndexOf(parts, "namespaces");
        if (at < 0 || parts.Length < at + 3)
            return null;
        var (ns, kind, name) = (parts[at + 1], parts[at + 2], parts.Length > at + 3 ? parts[at + 3] : "");
        foreach (var target in world.Cluster.Snapshot().Targets.Where(target => target.Namespace == ns))
        {
            var its = kind switch
            {
                "scaledobjects" => target.Name == name,
                "horizontalpodautoscalers" => name.Contains(target.Name, StringComparison.Ordinal) || name.Contains(target.Workload.Name, StringComparison.Ordinal),
                _ => target.Workload.Name == name,
            };
            if (its)
                return new TargetId(ns, target.Name);
        }

        return null;
    }
}
