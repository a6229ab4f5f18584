using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Patches a ScaledObject's annotations. KEDA writes its status all the time, and each write moves the resourceVersion: a 409 alone
/// says nothing about what we decided on, so the object is read again and only the annotations that counted are compared.
/// </summary>
internal sealed class AnnotationWriter(ApiClient api, MemorySigner? signer)
{
    private const int Patches = 5;

    public async Task<WriteEnd> WriteAsync(AnnotateScaledObject write, Func<bool> maySend, CancellationToken cancel)
    {
        var wanted = write.Memory is { } memory && signer is not null
            ? write.Annotations.SetItem(Annotations.Memory, signer.Sign(memory, write.Uid))
            : write.Annotations;
        var version = write.ResourceVersion;
        for (var patch = 1; ; patch++)
        {
            var answer = await PatchAsync(write, wanted, version, maySend, cancel);
            if (answer.Fate != Fate.Answered || answer.Status is not (404 or 409 or 422))
                return WriteEnd.Of(answer);
            if (answer.Status == 404)
                return new WriteEnd(Outcome.Conflict, "the ScaledObject is gone", 404);

            // 422 is what a uid that is not the object's gets; and what a webhook may say. The object tells.
            var (now, end) = await ReadAgainAsync(write, wanted, answer, maySend, cancel);
            if (end is not null)
                return end;
            if (answer.Status == 422 || patch == Patches)
                return WriteEnd.Of(answer);
            if (!maySend())
                return WriteEnd.Of(answer) with { Detail = "changed meanwhile by status updates only; no time left to send it again" };
            version = now;
        }
    }

    private Task<Answer<ObjectDto>> PatchAsync(
        AnnotateScaledObject write, IReadOnlyDictionary<string, string?> wanted, string version, Func<bool> maySend, CancellationToken cancel)
    {
        var annotations = new JsonObject();
        foreach (var (key, value) in wanted)
            annotations[key] = value;

        // The uid in the body makes the server refuse an object that was deleted and made again under this name.
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = write.Uid, ["resourceVersion"] = version, ["annotations"] = annotations },
        };
        var request = new ApiRequest(HttpMethod.Patch, $"{ApiPath.ScaledObject(write.Target)}?{ApiPath.FieldManager}") { MaySend = maySend }
            .With(body, ApiRequest.MergePatch);
        return api.SendAsync(request, ApiJson.Default.ObjectDto, cancel);
    }

    /// <summary>The resourceVersion to go on with, or how the write ends.</summary>
    private async Task<(string Version, WriteEnd? End)> ReadAgainAsync(
        AnnotateScaledObject write, IReadOnlyDictionary<string, string?> wanted, Answer refusal, Func<bool> maySend, CancellationToken cancel)
    {
        var read = await api.SendAsync(ApiRequest.Get(ApiPath.ScaledObject(write.Target)) with { MaySend = maySend }, ApiJson.Default.ObjectDto, cancel);
        if (read is { Fate: Fate.Answered, Status: 404 })
            return ("", Changed("the ScaledObject is gone"));
        if (read is not { IsSuccess: true, Value.Metadata: { } found })
            return ("", WriteEnd.Of(refusal) with { Detail = Words.Cut($"{refusal.Detail} (and could not be read again: {read.Say()})") });

        var annotations = found.Annotations ?? [];
        if (found.Uid != write.Uid)
            return ("", Changed("the ScaledObject was deleted and made again"));
        if (found.DeletionTimestamp is not null)
            return ("", Changed("the ScaledObject is being deleted"));

        // Our own patch whose reply was lost comes back as a conflict with itself.
        if (wanted.All(w => annotations.GetValueOrDefault(w.Key) == w.Value))
            return ("", new WriteEnd(Outcome.AlreadyDone, "found as wanted when read again", refusal.Status, found.ResourceVersion));
        foreach (var (key, value) in write.DecidedOn)
        {
            if (annotations.GetValueOrDefault(key) is var current && current != value)
                return ("", Changed($"{key} changed from {Show(value)} to {Show(current)}"));
        }

        var setBy = PauseWriter.Beside(found);
        if (write.DecidedOn.ContainsKey(Annotations.Paused) && setBy != write.PauseSetBy)
            return ("", Changed($"{Annotations.Paused} was set by {(setBy.Length > 0 ? $"field manager {setBy}" : "nobody else any more")}"));
        return (found.ResourceVersion ?? "", null);

        WriteEnd Changed(string what) => new(Outcome.Conflict, Words.Cut(what), refusal.Status);
    }

    private static string Show(string? value) => value is null ? "absent" : $"'{value}'";
}
