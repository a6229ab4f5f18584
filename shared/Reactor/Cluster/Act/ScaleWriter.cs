using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Sets a workload's replicas. Its status moves the resourceVersion with every pod that comes or goes: a 409 alone says nothing about the count
/// that was decided on, so the /scale is read again, and any other count than that one is somebody's act.
/// </summary>
internal sealed class ScaleWriter(ApiClient api, ScalePath scale)
{
    private const int Patches = 5;

    public async Task<WriteEnd> WriteAsync(ScaleWorkload write, Func<bool> maySend, CancellationToken cancel)
    {
        var (path, problem) = await scale.ForAsync(write.Target.Namespace, write.Workload, cancel);
        if (path is null)
            return problem!;

        var version = write.ResourceVersion;
        for (var patch = 1; ; patch++)
        {
            if (version.Length == 0)
            {
                var (found, end) = await ReadAsync(write, path, maySend, cancel);
                if (end is not null)
                    return end;
                version = found;
            }

            var answer = await PatchAsync(write, path, version, maySend, cancel);
            if (answer is { Fate: Fate.Answered, Status: 404 })
                return new WriteEnd(Outcome.Conflict, "the workload is gone", 404);
            if (answer is not { Fate: Fate.Answered, Status: 409 } || patch == Patches || !maySend())
                return WriteEnd.Of(answer);
            version = "";
        }
    }

    private Task<Answer<ObjectDto>> PatchAsync(ScaleWorkload write, string path, string version, Func<bool> maySend, CancellationToken cancel)
    {
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = version },
            ["spec"] = new JsonObject { ["replicas"] = write.Replicas },
        };
        var request = new ApiRequest(HttpMethod.Patch, $"{path}?{ApiPath.FieldManager}") { MaySend = maySend }.With(body, ApiRequest.MergePatch);
        return api.SendAsync(request, ApiJson.Default.ObjectDto, cancel);
    }

    /// <summary>The resourceVersion to go on with, or how the write ends.</summary>
    private async Task<(string Version, WriteEnd? End)> ReadAsync(ScaleWorkload write, string path, Func<bool> maySend, CancellationToken cancel)
    {
        var read = await api.SendAsync(ApiRequest.Get(path) with { MaySend = maySend }, ObserveJson.Default.ScaleDto, cancel);
        if (read is { Fate: Fate.Answered, Status: 404 })
            return ("", new WriteEnd(Outcome.Conflict, "the workload is gone", 404));
        if (read is not { IsSuccess: true, Value: { Metadata.ResourceVersion: { Length: > 0 } version } now })
        {
            // A look changes nothing: one that got lost has only failed.
            var end = read.IsSuccess ? new WriteEnd(Outcome.Failed, "its /scale has no resourceVersion", read.Status) : WriteEnd.Of(read);
            return ("", end.Outcome == Outcome.LostReply ? end with { Outcome = Outcome.Failed } : end);
        }

        // A Scale leaves its replicas out at 0.
        var count = now.Spec?.Replicas ?? 0;
        return count == write.Replicas ? ("", new WriteEnd(Outcome.AlreadyDone, "found as wanted when read again", read.Status, version))
            : count != write.From ? ("", new WriteEnd(Outcome.Conflict, $"its replicas changed from {write.From} to {count}", read.Status))
            : (version, null);
    }
}
