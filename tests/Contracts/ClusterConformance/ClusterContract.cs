using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>
/// What the reactor relies on in Kubernetes and KEDA, one measured fact a case. The sandbox and a real cluster are held to the same.
/// What the reactor itself sends or reads goes through its own client, the rest as plain requests. Times are upper bounds with slack: how fast
/// the real ones are, the sandbox's own tests say.
/// </summary>
public abstract partial class ClusterContract(ClusterUnderTest cluster, ITestOutputHelper output)
{
    /// <summary>Between two syncs of an HPA, unless somebody changed the controller manager's default.</summary>
    private const double HpaSync = 15;

    /// <summary>In which an HPA has surely synced once.</summary>
    private const double OneSync = HpaSync + 6;

    /// <summary>In which a live operator has surely done what it does in milliseconds when idle.</summary>
    private const double Soon = 15;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private string? _case;

    /// <summary>A target of this case; with a live operator its HPA stands when this returns.</summary>
    private async Task<ContractTarget> GivenAsync(
        int replicas = 1, int min = 1, int max = 10, int wish = 1, string more = "", string? trigger = null, bool cpu = true, bool wait = true, [CallerMemberName] string name = "")
    {
        _case ??= $"c{name.Aggregate(17u, (hash, letter) => (hash * 31) + letter):x8}";
        var target = new ContractTarget(cluster.Namespace, _case);
        Assert.Equal(201, (await SendAsync("POST", $"/apis/apps/v1/namespaces/{target.Namespace}/deployments", target.Deployment(cluster.Image, replicas, cpu))).Status);
        var made = await SendAsync("POST", $"/apis/keda.sh/v1alpha1/namespaces/{target.Namespace}/scaledobjects",
            target.ScaledObject(min, max, trigger ?? ContractTarget.Cron(cluster.Time.GetUtcNow(), wish), more));
        Assert.True(made.Status == 201, made.Text);
        if (wait)
            await UntilAsync("KEDA's HPA stands", async () => await ExistsAsync(target.KedaHpaPath), Soon);
        return target;
    }

    private Task<Reply> SendAsync(string method, string path, string? body = null, string type = "application/json") => Reply.OfAsync(cluster.Http, method, path, body, type);

    private async Task<JsonObject> GetAsync(string path)
    {
        var reply = await SendAsync("GET", path);
        Assert.True(reply.Status == 200, $"GET {path}: {reply.Status} {reply.Text}");
        return reply.Body;
    }

    private async Task<bool> ExistsAsync(string path) => (await SendAsync("GET", path)).Status == 200;

    private Task<Reply> AnnotateAsync(ContractTarget target, string key, string? value) => SendAsync("PATCH", target.ScaledObjectPath,
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [key] = value } } }.ToJsonString(), Reply.Merge);

    private async Task AnnotatedAsync(ContractTarget target, string key, string? value) => Assert.Equal(200, (await AnnotateAsync(target, key, value)).Status);

    private async Task<string> ConditionAsync(string path, string type, string field = "status") =>
        (await GetAsync(path)).Object("status").Array("conditions")?.FirstOrDefault(c => c.Text("type") == type).Text(field) ?? "";

    private async Task<int> ReplicasAsync(ContractTarget target) => (await GetAsync(target.ScalePath)).Object("spec").Whole("replicas") ?? 0;

    private async Task<IReadOnlyList<JsonNode>> EventsAsync(string reason, string about) =>
        [.. (await GetAsync($"/api/v1/namespaces/{cluster.Namespace}/events?fieldSelector=reason%3D{reason}")).Array("items")!
            .Where(e => e.Object("involvedObject").Text("name") == about).Select(e => e!)];

    /// <summary>An HPA of somebody else, or one like ours, by plain server-side apply.</summary>
    private Task<Reply> ApplyHpaAsync(ContractTarget target, string name, int min, string metadata = "", int max = 10, string manager = "somebody", bool force = false, string metrics = "") =>
        SendAsync("PATCH", $"{target.HpasPath}/{name}?fieldManager={manager}{(force ? "&force=true" : "")}", $$$"""
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"{{{name}}}"{{{metadata}}} },
             "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"{{{target.Name}}}"},"minReplicas":{{{min}}},"maxReplicas":{{{max}}}{{{metrics}}} } }
            """, Reply.Apply);

    /// <summary>What the reactor's own look at the cluster says of the target.</summary>
    private async Task<(Observation All, TargetView Target)> ObserveAsync(ContractTarget target)
    {
        var look = await cluster.Client.ObserveAsync(CancellationToken.None);
        Assert.True(look.Observation is not null, $"The reactor's look failed: {look}");
        return (look.Observation, look.Observation.Targets[target.Id]);
    }

    /// <summary>One write by the reactor's own client.</summary>
    private async Task<WriteOutcome> ActAsync(ClusterWrite write) =>
        (await cluster.Client.ActAsync([new WriteChain(write.Target, [write])], _ => true, CancellationToken.None)).Single();

    /// <summary>The reactor's own pause, or the end of it (null).</summary>
    private async Task<WriteOutcome> PauseAsync(ContractTarget target, string? value = "true")
    {
        var seen = (await ObserveAsync(target)).Target;
        return await ActAsync(Annotating(seen, value));
    }

    private static AnnotateScaledObject Annotating(TargetView seen, string? paused) => new()
    {
        Target = seen.Id,
        Purpose = "the contract",
        Uid = seen.Uid,
        ResourceVersion = seen.ResourceVersion,
        Annotations = ImmutableSortedDictionary<string, string?>.Empty.Add(Annotations.Paused, paused).Add(Annotations.Incident, paused is null ? null : "contract"),
        DecidedOn = ImmutableSortedDictionary<string, string?>.Empty.Add(Annotations.Paused, seen.Annotations.GetValueOrDefault(Annotations.Paused)),
    };

    private static ApplyFallbackHpa Fallback(ContractTarget target, string uid, int min, int max = 10) => new()
    {
        Target = target.Id,
        Purpose = "the contract",
        Hpa = new FallbackHpa
        {
            Name = target.FallbackHpa,
            Workload = target.Workload,
            Min = min,
            Max = max,
            CpuUtilization = 60,
            OwnerUid = uid,
            IncidentId = "contract",
        },
    };

    /// <summary>Paused by the reactor, without KEDA's HPA: where a fallback can stand.</summary>
    private async Task<string> PausedAsync(ContractTarget target)
    {
        Assert.Equal(Outcome.Done, (await PauseAsync(target)).Outcome);
        await UntilAsync("KEDA's HPA is gone", async () => !await ExistsAsync(target.KedaHpaPath), Soon);
        return (await ObserveAsync(target)).Target.Uid;
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds, double seconds)
    {
        var began = cluster.Time.GetTimestamp();
        while (true)
        {
            // Asked before the look: a machine that stood still in between must not turn a yes into a no.
            var late = cluster.Time.GetElapsedTime(began).TotalSeconds > seconds;
            if (await holds())
            {
                output.WriteLine($"{what}: after {cluster.Time.GetElapsedTime(began).TotalSeconds:0.0} s");
                return;
            }

            if (late)
                Assert.Fail($"Not within {seconds} s: {what}");
            await Task.Delay(Look, cluster.Time);
        }
    }

    /// <summary>Looked at all the time.</summary>
    private async Task StaysAsync(string what, Func<Task<bool>> holds, double seconds)
    {
        for (var began = cluster.Time.GetTimestamp(); cluster.Time.GetElapsedTime(began).TotalSeconds < seconds;)
        {
            Assert.True(await holds(), $"{what}: no longer after {cluster.Time.GetElapsedTime(began).TotalSeconds:0.0} s");
            await Task.Delay(Look, cluster.Time);
        }
    }

    private Task WaitAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), cluster.Time);
}
