using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>The path of a workload's /scale. Kinds that Kubernetes does not bring are looked up by discovery, once.</summary>
internal sealed class ScalePath(ApiClient api)
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["Deployment"] = "deployments",
        ["StatefulSet"] = "statefulsets",
        ["ReplicaSet"] = "replicasets",
    };

    private readonly ConcurrentDictionary<(string ApiVersion, string Kind), string> _found = new();

    /// <summary>The path, or how the write ends without one.</summary>
    public async Task<(string? Path, WriteEnd? Problem)> ForAsync(string ns, WorkloadRef workload, CancellationToken cancel)
    {
        // "v1" is the core group; any other is "group/version".
        if (ApiPath.Fault(workload.ApiVersion.Split('/')) is { } badVersion || workload.ApiVersion.Count(c => c == '/') > 1)
            return (null, WriteEnd.Refused($"'{workload.ApiVersion}' is not an apiVersion; nothing was sent"));
        if (ApiPath.Fault(workload.Name) is { } badName)
            return (null, WriteEnd.Refused(badName));

        var root = workload.ApiVersion.Contains('/') ? $"apis/{workload.ApiVersion}" : $"api/{workload.ApiVersion}";
        var plural = workload.ApiVersion == "apps/v1" ? Known.GetValueOrDefault(workload.Kind) : null;
        plural ??= _found.GetValueOrDefault((workload.ApiVersion, workload.Kind));
        if (plural is null)
        {
            var answer = await api.SendAsync(ApiRequest.Get(root), ApiJson.Default.ResourceListDto, cancel);
            if (!answer.IsSuccess || answer.Value?.Resources is not { } resources)
                return (null, Undiscovered(answer));

            plural = resources.FirstOrDefault(r => r?.Kind == workload.Kind && r.Name?.Contains('/') == false)?.Name;
            if (plural is null || ApiPath.Fault(plural) is not null || !resources.Any(r => r?.Name == $"{plural}/scale"))
                return (null, WriteEnd.Refused(Words.Cut($"{workload.ApiVersion} has no kind {workload.Kind} with a /scale")));
            _found[(workload.ApiVersion, workload.Kind)] = plural;
        }

        return ($"{ApiPath.Object(root, ns, plural, workload.Name)}/scale", null);
    }

    // A look-up changes nothing: one that got lost has only failed.
    private static WriteEnd Undiscovered(Answer answer)
    {
        var end = answer.IsSuccess ? new WriteEnd(Outcome.Failed, answer.Detail, answer.Status) : WriteEnd.Of(answer);
        return end with
        {
            Outcome = end.Outcome == Outcome.LostReply ? Outcome.Failed : end.Outcome,
            Detail = Words.Cut($"the kind's resource name could not be found: {end.Detail}"),
        };
    }
}
