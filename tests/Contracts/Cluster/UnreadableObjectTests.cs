using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>One unreadable object is one unreadable object: each is left out by itself and named, and what depends on it is unknown.</summary>
public sealed class UnreadableObjectTests
{
    private static readonly TargetId Other = new("mesh", "other");

    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("1", true)]
    [InlineData("0.5", true)]
    [InlineData("\"500m\"", true)]
    [InlineData("0", false)]
    [InlineData("0.0", false)]
    [InlineData("null", false)]
    public async Task A_quantity_may_be_a_number(string cpu, bool asks)
    {
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject());
        _api.OnList(FakeApi.Deployments, Make.Deployment("work", spec: $$"""{"template":{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":{{cpu}},"memory":134217728} } }]} } }"""));

        var seen = await SeeAsync();

        Assert.Empty(seen.Unread);
        Assert.Equal(asks, seen.Targets[Make.Target].Replicas!.Containers[0].HasCpuRequest);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u","labels":{"tier":5}},"spec":{"scaleTargetRef":{"name":"work"}}}""", "metadata.labels.tier")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u","annotations":{"on":true}},"spec":{"scaleTargetRef":{"name":"work"}}}""", "metadata.annotations.on")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u","annotations":[]},"spec":{"scaleTargetRef":{"name":"work"}}}""", "metadata.annotations")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":{"name":"work"},"maxReplicaCount":"ten"}}""", "spec.maxReplicaCount")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":{"name":"work"},"minReplicaCount":99999999999}}""", "spec.minReplicaCount")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":{"name":"work"},"triggers":{}}}""", "spec.triggers")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":{"name":"work"},"triggers":[{"type":"cron","metadata":{"start":6}}]}}""", "spec.triggers[0].metadata.start")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u","creationTimestamp":"yesterday"},"spec":{"scaleTargetRef":{"name":"work"}}}""", "metadata.creationTimestamp")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":null}""", "spec is missing")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":null}}""", "spec.scaleTargetRef.name is missing")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":7},"spec":{"scaleTargetRef":{"name":"work"}}}""", "metadata.uid")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh"},"spec":{"scaleTargetRef":{"name":"work"}}}""", "it has no uid")]
    [InlineData("""{"kind":"Pod","metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":{"name":"work"}}}""", "it is a Pod")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"\ud800"},"spec":{"scaleTargetRef":{"name":"work"}}}""", "")]
    public async Task A_ScaledObject_that_can_not_be_read_is_named_and_unknown_and_the_others_are_seen(string odd, string said)
    {
        _api.OnList(FakeApi.ScaledObjects, odd, Make.ScaledObject("other"));

        var seen = await SeeAsync();

        var unread = Assert.Single(seen.Unread);
        Assert.Equal(("ScaledObject", "mesh", "work"), (unread.Kind, unread.Namespace, unread.Name));
        Assert.Contains(said, unread.Problem);
        Assert.Equal([Other], seen.Targets.Keys);
        Assert.Contains("ScaledObject mesh/work", seen.UnknownBecause(Make.Target));
        Assert.Null(seen.UnknownBecause(new TargetId("mesh", "never-there")));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("""{"metadata":null}""")]
    [InlineData("""{"metadata":{"name":["work"],"namespace":"mesh","uid":"u"}}""")]
    public async Task One_without_a_readable_name_may_be_any_that_is_missing(string odd)
    {
        _api.OnList(FakeApi.ScaledObjects, odd, Make.ScaledObject("other"));

        var seen = await SeeAsync();

        Assert.Equal([Other], seen.Targets.Keys);
        Assert.Equal("", Assert.Single(seen.Unread).Name);
        Assert.True(seen.IsUnknown(Make.Target));
    }

    [Fact]
    public async Task What_is_longer_than_Kubernetes_allows_is_not_read_into_panels_and_pages()
    {
        var name = new string('n', 300);
        _api.OnList(
            FakeApi.ScaledObjects,
            Make.ScaledObject(name),
            Make.ScaledObject("far", spec: $$"""{"scaleTargetRef":{"name":"{{name}}"} }"""),
            $$"""{"metadata":{"name":"big","namespace":"mesh","uid":"b","annotations":{"a":"{{new string('a', 300_000)}}"} },"spec":{"scaleTargetRef":{"name":"work"} } }""",
            Make.ScaledObject(status: $$"""{"conditions":[{"type":"Ready","status":"False","message":"{{new string('m', 100_000)}}"}]}"""));

        var seen = await SeeAsync();

        Assert.Equal(["its name has more than 253 characters", "spec.scaleTargetRef has more than 253 characters", "metadata.annotations are larger than Kubernetes allows (256 KiB)"], seen.Unread.Select(u => u.Problem));
        Assert.Equal([Make.Target], seen.Targets.Keys);
        Assert.Equal(2000, seen.Targets[Make.Target].Ready!.Message.Length);
    }

    [Fact]
    public async Task An_item_that_is_nested_beyond_reason_is_its_own_fault_only()
    {
        var deep = new string('[', 5000) + new string(']', 5000);
        _api.OnList(FakeApi.ScaledObjects, $$"""{"metadata":{"name":"work","namespace":"mesh","uid":"u"},"spec":{"scaleTargetRef":{"name":"work"},"triggers":{{deep}} } }""", Make.ScaledObject("other"));

        var seen = await SeeAsync();

        Assert.Equal([Other], seen.Targets.Keys);
        Assert.Equal("work", Assert.Single(seen.Unread).Name);
    }

    [Fact]
    public async Task One_that_stands_in_the_list_twice_is_unknown()
    {
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject(), Make.ScaledObject(), Make.ScaledObject("other"));

        var seen = await SeeAsync();

        Assert.Equal([Other], seen.Targets.Keys);
        Assert.Contains("twice", seen.UnknownBecause(Make.Target));
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"d"},"spec":{"replicas":"two"}}""", "spec.replicas")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"d"},"spec":{"replicas":2},"status":{"availableReplicas":1.5}}""", "status.availableReplicas")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"d"},"spec":{"template":{"spec":{"containers":"app"}}}}""", "spec.template.spec.containers")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"d"},"spec":{"template":{"spec":{"containers":[{"resources":{"requests":{"cpu":{}}}}]}}}}""", "requests.cpu")]
    [InlineData("""{"metadata":{"name":"work","namespace":"mesh","uid":"d"},"spec":null}""", "spec is missing")]
    public async Task A_workload_that_can_not_be_read_makes_its_target_unknown(string odd, string said)
    {
        TwoTargets();
        _api.OnList(FakeApi.Deployments, odd, Make.Deployment("other"));

        var seen = await SeeAsync();

        Assert.Contains($"Deployment mesh/work: ", seen.UnknownBecause(Make.Target));
        Assert.Contains(said, Assert.Single(seen.Unread).Problem);
        Assert.Equal([Other], seen.Targets.Keys);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"keda-hpa-work","namespace":"mesh","uid":"h"},"spec":{"scaleTargetRef":5}}""")]
    [InlineData("""{"metadata":{"name":"work-fallback","namespace":"mesh","uid":"h"},"spec":{"scaleTargetRef":null}}""")]
    [InlineData("""{"metadata":{"name":"foreign","namespace":"mesh","uid":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"work"},"maxReplicas":"many"}}""")]
    [InlineData("""{"metadata":{"name":"foreign","namespace":"mesh","uid":"h","labels":{"a":1}},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"work"}}}""")]
    public async Task An_HPA_that_can_not_be_read_makes_the_target_unknown_that_it_is_about(string odd)
    {
        TwoTargets();
        _api.OnList(FakeApi.Hpas, odd, Make.Hpa("keda-hpa-other", target: """{"apiVersion":"apps/v1","kind":"Deployment","name":"other"}"""));

        var seen = await SeeAsync();

        Assert.Contains("HorizontalPodAutoscaler mesh/", seen.UnknownBecause(Make.Target));
        Assert.Equal([Other], seen.Targets.Keys);
        Assert.Single(seen.Targets[Other].Hpas);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"keda-hpa-work.17","namespace":"mesh","uid":"e"},"involvedObject":{"name":"keda-hpa-work"},"message":"New size: 3; reason: x","count":"8"}""")]
    [InlineData("""{"metadata":{"name":"keda-hpa-work.17","namespace":"mesh","uid":"e"},"involvedObject":7}""")]
    [InlineData("""{"metadata":{"name":"x","namespace":"mesh","uid":"e"},"involvedObject":{"name":"keda-hpa-work"},"lastTimestamp":"soon"}""")]
    public async Task An_event_that_can_not_be_read_leaves_only_the_rescales_of_its_target_unknown(string odd)
    {
        TwoTargets();
        _api.OnList(FakeApi.Events, odd);

        var seen = await SeeAsync();

        Assert.Equal((true, false), (seen.Targets[Make.Target].RescalesUnread, seen.Targets[Other].RescalesUnread));
        Assert.Equal("Event", Assert.Single(seen.Unread).Kind);
    }

    [Fact]
    public async Task A_lease_that_can_not_be_read_is_no_sign()
    {
        _api.OnList(FakeApi.Leases, """{"metadata":{"name":"operator.keda.sh","namespace":"keda","uid":"l"},"spec":{"renewTime":12}}""");

        var seen = await SeeAsync();

        Assert.Equal((true, null), (seen.Operator.LeaseUnread, seen.Operator.LeaseRenewTime));
        Assert.Equal("Lease", Assert.Single(seen.Unread).Kind);
    }

    [Fact]
    public async Task An_operator_that_can_not_be_read_is_not_one_that_is_missing()
    {
        _api.OnList(FakeApi.Deployments, """{"metadata":{"name":"keda-operator","namespace":"keda","uid":"d","labels":{"app":1}},"spec":{}}""");

        var seen = await SeeAsync();

        Assert.Equal((true, null), (seen.Operator.DeploymentUnread, seen.Operator.AvailableReplicas));
    }

    [Fact]
    public async Task An_APIService_that_can_not_be_read_is_not_one_that_is_down()
    {
        _api.OnApiService(FakeApi.MetricsApi, """{"conditions":[{"type":"Available","status":false}]}""");

        var seen = await SeeAsync();

        Assert.Equal((true, true), (seen.MetricsServer.Unread, seen.MetricsServer.Available));
        Assert.Equal("APIService", Assert.Single(seen.Unread).Kind);
    }

    [Fact]
    public async Task ScaledJobs_and_what_stands_around_are_left_out_and_named()
    {
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject());
        _api.OnList(FakeApi.ScaledJobs, """{"metadata":{"name":"nightly","namespace":"mesh","uid":"j","labels":{"a":1}}}""");
        _api.OnList(FakeApi.Namespaces, """{"metadata":{"name":"mesh","uid":"n","labels":{"a":1}}}""");
        _api.OnList(FakeApi.Vpas, """{"metadata":{"name":"v","namespace":"mesh","uid":"v"},"spec":{"targetRef":"work"}}""");
        _api.OnList(FakeApi.ControllerLeases, """{"metadata":{"name":"kube-controller-manager","namespace":"kube-system","uid":"l"},"spec":[]}""");

        var seen = await SeeAsync();

        Assert.Equal(["ScaledJob", "Lease", "Namespace", "VerticalPodAutoscaler"], seen.Unread.Select(u => u.Kind));
        Assert.Equal(new TargetId("mesh", "nightly"), Assert.Single(seen.ScaledJobs));
        Assert.Equal([Make.Target], seen.Targets.Keys);
    }

    private void TwoTargets() =>
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject(), Make.ScaledObject("other", spec: """{"scaleTargetRef":{"name":"other"}}"""));

    private async Task<Observation> SeeAsync()
    {
        var result = await _time.RunAsync(_api.Client(_time).ObserveAsync(CancellationToken.None));
        Assert.Equal("", result.Problem);
        return result.Observation!;
    }
}
