using System.Diagnostics;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Turns each write into its requests. Every name is checked before it goes into a path.</summary>
internal sealed class Writer(ApiClient api, MemorySigner? signer)
{
    private readonly AnnotationWriter _annotations = new(api, signer);
    private readonly ScalePath _scale = new(api);

    public Task<WriteEnd> WriteAsync(ClusterWrite write, Func<bool> maySend, CancellationToken cancel)
    {
        if (ApiPath.Fault(write.Target.Namespace, write.Target.Name) is { } fault)
            return Task.FromResult(WriteEnd.Refused(fault));

        return write switch
        {
            AnnotateScaledObject annotate => _annotations.WriteAsync(annotate, maySend, cancel),
            DeleteHpa delete => DeleteAsync(delete, maySend, cancel),
            ApplyFallbackHpa apply => ApplyAsync(apply, maySend, cancel),
            ScaleWorkload scale => ScaleAsync(scale, maySend, cancel),
            _ => throw new UnreachableException($"write {write.GetType().Name}"),
        };
    }

    private async Task<WriteEnd> DeleteAsync(DeleteHpa write, Func<bool> maySend, CancellationToken cancel)
    {
        if (ApiPath.Fault(write.Name) is { } fault)
            return WriteEnd.Refused(fault);

        var body = new JsonObject
        {
            ["kind"] = "DeleteOptions",
            ["apiVersion"] = "v1",
            ["preconditions"] = new JsonObject { ["uid"] = write.Uid },
            ["propagationPolicy"] = "Background",
        };
        var request = new ApiRequest(HttpMethod.Delete, ApiPath.Hpa(write.Target.Namespace, write.Name)) { MaySend = maySend }
            .With(body, ApiRequest.Json);
        var end = WriteEnd.Of(await api.SendAsync(request, ApiJson.Default.ObjectDto, cancel));
        return end.Status == 404 ? end with { Outcome = Outcome.AlreadyDone } : end;
    }

    private async Task<WriteEnd> ApplyAsync(ApplyFallbackHpa write, Func<bool> maySend, CancellationToken cancel)
    {
        var hpa = write.Hpa;
        if (ApiPath.Fault(hpa.Name) is { } fault)
            return WriteEnd.Refused(fault);

        // Server-side apply can't say "only if it is ours or not there": with force it would take a stranger's HPA over. The guard is
        // the plan: while an HPA of this name stands that is not ours, it makes no such write.
        var path = $"{ApiPath.Hpa(write.Target.Namespace, hpa.Name)}?{ApiPath.FieldManager}&force=true";
        var request = new ApiRequest(HttpMethod.Patch, path) { MaySend = maySend }
            .With(FallbackManifest.Of(write.Target, hpa), ApiRequest.ApplyPatch);
        return WriteEnd.Of(await api.SendAsync(request, ApiJson.Default.ObjectDto, cancel));
    }

    private async Task<WriteEnd> ScaleAsync(ScaleWorkload write, Func<bool> maySend, CancellationToken cancel)
    {
        var (path, problem) = await _scale.ForAsync(write.Target.Namespace, write.Workload, cancel);
        if (path is null)
            return problem!;

        var body = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = write.Replicas } };
        var request = new ApiRequest(HttpMethod.Patch, $"{path}?{ApiPath.FieldManager}") { MaySend = maySend }.With(body, ApiRequest.MergePatch);
        return WriteEnd.Of(await api.SendAsync(request, ApiJson.Default.ObjectDto, cancel));
    }
}
