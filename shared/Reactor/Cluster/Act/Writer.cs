using System.Diagnostics;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Turns each write into its requests. Every name is checked before it goes into a path.</summary>
internal sealed class Writer(ApiClient api, ScalePath scale, MemorySigner? signer)
{
    private const int Applies = 5;

    private readonly AnnotationWriter _annotations = new(api, signer);
    private readonly ScaleWriter _scales = new(api, scale);

    public Task<WriteEnd> WriteAsync(ClusterWrite write, Func<bool> maySend, CancellationToken cancel)
    {
        if (ApiPath.Fault(write.Target.Namespace, write.Target.Name) is { } fault)
            return Task.FromResult(WriteEnd.Refused(fault));

        return write switch
        {
            AnnotateScaledObject annotate => _annotations.WriteAsync(annotate, maySend, cancel),
            DeleteHpa delete => DeleteAsync(delete, maySend, cancel),
            ApplyFallbackHpa apply => ApplyAsync(apply, maySend, cancel),
            ScaleWorkload workload => _scales.WriteAsync(workload, maySend, cancel),
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

        // With force an apply would take over an HPA that a stranger made under this name. So force only what we have seen to be ours, by its
        // uid; what is new conflicts with a stranger's scaleTargetRef, and the next look sees whose it is.
        var path = $"{ApiPath.Hpa(write.Target.Namespace, hpa.Name)}?{ApiPath.FieldManager}&force={(write.Uid is null ? "false" : "true")}";
        var request = new ApiRequest(HttpMethod.Patch, path) { MaySend = maySend }
            .With(FallbackManifest.Of(write.Target, hpa, write.Uid), ApiRequest.ApplyPatch);
        var end = WriteEnd.Of(await api.SendAsync(request, ApiJson.Default.ObjectDto, cancel));

        // The HPA controller or KEDA wrote it in the same moment. Nothing of what this was decided on is meant: uid and owners are in the request.
        for (var sent = 1; end.IsOnlyLate && sent < Applies && maySend(); sent++)
            end = WriteEnd.Of(await api.SendAsync(request, ApiJson.Default.ObjectDto, cancel));

        // Deleted and made again by somebody between the look and the write.
        return end is { Status: 422 } && end.Detail.Contains("metadata.uid", StringComparison.Ordinal) ? end with { Outcome = Outcome.Conflict } : end;
    }
}
