using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>What is asked only when it matters: the /scale of other kinds, and why replicas don't come up.</summary>
public sealed class CloserLookTests
{
    private const string Rollouts = "/apis/argoproj.io/v1alpha1";
    private const string Spec = """{"scaleTargetRef":{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"work"}}""";

    private readonly FakeApi _api = new();

    private async Task<(ClusterClient Client, Observation Seen)> LookAsync()
    {
        var client = _api.Client();
        return (client, (await client.ObserveAsync(CancellationToken.None)).Observation!);
    }

    private void Rollout(string status = "{}") => _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject(spec: Spec, status: status))
        .On("GET", Rollouts, 200, """{"kind":"APIResourceList","resources":[{"name":"rollouts","kind":"Rollout"},{"name":"rollouts/scale","kind":"Scale"}]}""");

    [Fact]
    public async Task Another_kind_without_an_HPA_that_synced_has_no_count()
    {
        Rollout();
        var (_, seen) = await LookAsync();
        Assert.Equal(ReplicaSource.Nobody, seen.Targets[Make.Target].Replicas!.Source);
    }

    [Fact]
    public async Task Its_scale_is_read_once_and_the_kind_is_looked_up_once()
    {
        Rollout();
        _api.On("GET", $"{Rollouts}/namespaces/mesh/rollouts/work/scale", 200, """{"kind":"Scale","metadata":{"name":"work"},"spec":{"replicas":7},"status":{"replicas":6}}""");
        var (client, seen) = await LookAsync();
        var before = _api.Requests.Count;

        seen = await client.ReadScalesAsync(seen, [Make.Target], CancellationToken.None);
        await client.ReadScalesAsync(seen, [Make.Target], CancellationToken.None);

        var replicas = seen.Targets[Make.Target].Replicas!;
        Assert.Equal((7, 6, ReplicaSource.Scale), (replicas.Desired, replicas.Available, replicas.Source));
        Assert.Equal([Rollouts, .. Enumerable.Repeat($"{Rollouts}/namespaces/mesh/rollouts/work/scale", 2)], _api.Requests.Skip(before).Select(r => r.Path));
    }

    [Fact]
    public async Task One_that_does_not_exist_is_no_workload_and_one_that_may_not_be_read_keeps_what_was_known()
    {
        Rollout();
        var (client, seen) = await LookAsync();
        Assert.Null((await client.ReadScalesAsync(seen, [Make.Target], CancellationToken.None)).Targets[Make.Target].Replicas);

        _api.On("GET", $"{Rollouts}/namespaces/mesh/rollouts/work/scale", 403, FakeApi.Status("forbidden"));
        Assert.Equal(ReplicaSource.Nobody, (await client.ReadScalesAsync(seen, [Make.Target], CancellationToken.None)).Targets[Make.Target].Replicas!.Source);
    }

    [Fact]
    public async Task A_kind_that_is_not_served_is_no_workload_and_is_named_so()
    {
        Rollout();
        _api.On("GET", Rollouts, 404, FakeApi.Status("the server could not find the requested resource"));
        var (client, seen) = await LookAsync();

        var view = (await client.ReadScalesAsync(seen, [Make.Target], CancellationToken.None)).Targets[Make.Target];

        Assert.Equal((null, false), (view.Replicas, view.KindServed));
    }

    [Theory]
    [InlineData("False", 404, false)]
    [InlineData("False", 403, true)]
    [InlineData("True", 404, true)]
    public async Task Where_KEDA_says_no_a_workload_that_is_not_listed_is_asked_for_at_every_look(string ready, int status, bool there)
    {
        Rollout($$"""{"conditions":[{"type":"Ready","status":"{{ready}}","reason":"ScaledObjectCheckFailed"}]}""");
        _api.On("GET", $"{Rollouts}/namespaces/mesh/rollouts/work/scale", status, FakeApi.Status("no"));

        var seen = (await _api.Client().ObserveAsync(Panel.Empty("test"), CancellationToken.None)).Observation!;

        Assert.Equal(there, seen.Targets[Make.Target].Replicas is not null);
    }

    [Fact]
    public async Task A_Deployment_that_may_not_make_pods_says_so_itself()
    {
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject());
        _api.OnList(FakeApi.Deployments, Make.Deployment("work", status: """{"availableReplicas":1,"conditions":[{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"exceeded quota: small"}]}"""));
        var (_, seen) = await LookAsync();
        Assert.Equal("FailedCreate: exceeded quota: small", seen.Targets[Make.Target].Shortage);
    }

    [Theory]
    [InlineData("Pod", "work-7d9f8b6c5-abcde", true)]
    [InlineData("Pod", "work-other-7d9f8b6c5-abcde", false)]
    [InlineData("Pod", "working-7d9f8b6c5-abcde", false)]
    [InlineData("Pod", "work-0", false)]
    [InlineData("ReplicaSet", "work-7d9f8b6c5", true)]
    [InlineData("ReplicaSet", "work-other-7d9f8b6c5", false)]
    [InlineData("Deployment", "work", true)]
    [InlineData("Job", "work-7d9f8b6c5", false)]
    public async Task A_fallback_that_lacks_replicas_is_told_why_by_the_events_of_its_own_pods(string kind, string name, bool its) =>
        Assert.Equal(its ? "FailedScheduling: 0/3 nodes are available" : "", await ShortageAsync("Deployment", kind, name));

    [Theory]
    [InlineData("Pod", "work-3", true)]
    [InlineData("Pod", "work-x", false)]
    [InlineData("StatefulSet", "work", true)]
    public async Task A_StatefulSets_pods_have_numbers(string kind, string name, bool its) =>
        Assert.Equal(its ? "FailedScheduling: 0/3 nodes are available" : "", await ShortageAsync("StatefulSet", kind, name));

    [Fact]
    public async Task What_was_said_long_ago_is_no_reason_any_more() =>
        Assert.Equal("", await ShortageAsync("Deployment", "Pod", "work-7d9f8b6c5-abcde", minutesAgo: 7));

    [Fact]
    public async Task With_all_replicas_there_no_events_are_asked_for()
    {
        await ShortageAsync("Deployment", "Pod", "work-7d9f8b6c5-abcde", available: 2);
        Assert.DoesNotContain(_api.Requests, r => r.PathAndQuery.Contains("FailedScheduling", StringComparison.Ordinal));
    }

    private async Task<string> ShortageAsync(string workload, string kind, string name, int minutesAgo = 1, int available = 1)
    {
        var at = new ManualTime().GetUtcNow().AddMinutes(-minutesAgo);
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject(spec: $$$"""{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"{{{workload}}}","name":"work"}}"""));
        _api.OnList(workload == "Deployment" ? FakeApi.Deployments : FakeApi.StatefulSets, Make.Deployment("work", status: $$"""{"availableReplicas":{{available}} }"""));
        _api.On("GET", FakeApi.Events, (seen, _) => Task.FromResult(FakeApi.Answer(200, seen.PathAndQuery.Contains("FailedScheduling", StringComparison.Ordinal)
            ? FakeApi.List(FakeApi.Events, $$"""{"metadata":{"name":"e","namespace":"mesh","uid":"e"},"involvedObject":{"kind":"{{kind}}","name":"{{name}}"},"reason":"FailedScheduling","message":"0/3 nodes are available","lastTimestamp":"{{at:O}}"}""")
            : FakeApi.List(FakeApi.Events))));
        var tripped = new TrippedTarget { Id = Make.Target, Uid = Make.Uid, IncidentId = "i", Phase = Phase.OnFallback, Since = at, Memory = Make.Memory() };
        var panel = Panel.Empty("test") with { Targets = Panel.Empty("test").Targets.Add(Make.Target, tripped) };
        return (await _api.Client().ObserveAsync(panel, CancellationToken.None)).Observation!.Targets[Make.Target].Shortage;
    }
}
