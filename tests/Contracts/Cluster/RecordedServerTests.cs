using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>What real servers answered (a kube-apiserver 1.36 with KEDA beside it), read by the adapter.</summary>
public sealed class RecordedServerTests
{
    private readonly FakeApi _api = new();

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Fixture.Folder, "*.json").Select(f => Path.GetFileName(f)!).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_recorded_body_is_read_or_known_not_to_be_what_was_asked_for(string file)
    {
        var body = Fixture.Text(file);
        var kind = (string?)JsonNode.Parse(body)!["kind"];
        var path = kind switch
        {
            "ScaledObjectList" or "Table" => FakeApi.ScaledObjects,
            "DeploymentList" => FakeApi.Deployments,
            "HorizontalPodAutoscalerList" => FakeApi.Hpas,
            "EventList" => FakeApi.Events,
            "APIService" => FakeApi.ApiServices,
            "Lease" => FakeApi.Leases,
            "ScaledObject" => FakeApi.ScaledObjects,
            _ => null,
        };
        if (path is null)
        {
            // Scale and discovery are read by writes.
            Assert.Contains(kind, new[] { "Scale", "APIResourceList", "APIGroupDiscoveryList" });
            return;
        }

        if (kind is "APIService")
            _api.OnApiServiceList(FakeApi.MetricsApi, 200, FakeApi.List(FakeApi.ApiServices, body));
        else if (kind is "Lease" or "ScaledObject")
            _api.OnList(path, body);
        else
            _api.On("GET", path, 200, body);
        var result = await _api.Client().ObserveAsync(CancellationToken.None);

        // A Table is what kubectl asks for; for us it is no list.
        Assert.Equal(kind == "Table", result.Observation is null);
    }

    [Fact]
    public async Task A_healthy_target_is_read_as_it_was()
    {
        Recorded("scaledobjects.healthy.list.json", "hpas.keda.list.json");
        _api.OnList(FakeApi.Leases, Fixture.Text("lease.operator.keda.sh.json"));

        var seen = (await _api.Client().ObserveAsync(CancellationToken.None)).Observation!;

        var target = Assert.Single(seen.Targets).Value;
        Assert.Equal(new TargetId("sophia-mesh", "sophia-orchestrator"), target.Id);
        Assert.Equal((1, 10, 4, true), (target.Min, target.Max, target.OwnFallbackReplicas, target.Ready!.IsTrue));
        Assert.Equal((2, 2), (target.Replicas!.Desired, target.Replicas.Available));
        Assert.True(Assert.Single(target.Replicas.Containers).HasCpuRequest);
        Assert.True(target.KedaFallback!.IsFalse);
        Assert.Equal("redis", Assert.Single(target.Triggers).Type);
        Assert.Equal("keda-operator-6f7c9d5b8-x2x7q_97b0982a-6b74-41d7-98b2-2576b4795215", seen.Operator.LeaseHolder);
    }

    [Fact]
    public async Task Two_HPAs_on_one_workload_are_told_apart_and_seen_as_ambiguous()
    {
        Recorded("scaledobjects.healthy.list.json", "hpas.ambiguous.list.json");

        // The two files were recorded in two runs; the owner's uid is the one thing to bring together.
        var hpas = JsonNode.Parse(Fixture.Text("hpas.ambiguous.list.json"))!;
        var uid = (string?)hpas["items"]![0]!["metadata"]!["ownerReferences"]![0]!["uid"];
        var scaled = JsonNode.Parse(Fixture.Text("scaledobjects.healthy.list.json"))!;
        scaled["items"]![0]!["metadata"]!["uid"] = uid;
        _api.On("GET", FakeApi.ScaledObjects, 200, scaled.ToJsonString());

        var target = Assert.Single((await _api.Client().ObserveAsync(CancellationToken.None)).Observation!.Targets).Value;

        Assert.Equal(["AmbiguousSelector", "AmbiguousSelector"], target.Hpas.Select(h => h.ScalingActive!.Reason));
        Assert.Equal(["keda-hpa-sophia-orchestrator", "sophia-orchestrator-fallback"], new[] { target.KedaHpa!.Name, target.FallbackHpa!.Name });
        Assert.Equal((60, null), (target.FallbackHpa.CpuUtilization, target.FallbackHpa.Container));
        Assert.Null(target.KedaHpa.CpuUtilization);
    }

    [Fact]
    public async Task A_paused_target_keeps_its_marks()
    {
        _api.OnList(FakeApi.ScaledObjects, Fixture.Text("scaledobject.paused.json"));

        var target = Assert.Single((await _api.Client().ObserveAsync(CancellationToken.None)).Observation!.Targets).Value;

        Assert.True(Annotations.Pauses(target.Annotations[Annotations.Paused]));
        Assert.All(target.Annotations.Keys, k => Assert.Matches("^(autoscaling.keda.sh|reactor.sophia-intel.ai)/", k));
    }

    [Theory]
    [InlineData(2, new[] { 1, 1, 2 })]
    [InlineData(8, new[] { 1, 8, 7 })]
    public async Task An_oscillation_shows_as_growing_counts_of_the_same_events(int probe, int[] counts)
    {
        Recorded("scaledobjects.healthy.list.json", "hpas.keda.list.json");
        _api.On("GET", FakeApi.Events, 200, Fixture.Text($"events.oscillation.probe{probe}.json"));

        var target = Assert.Single((await _api.Client().ObserveAsync(CancellationToken.None)).Observation!.Targets).Value;

        Assert.Equal(counts.Order(), target.Rescales.Select(r => r.Count).Order());
        Assert.Equal([1, 5, 6], target.Rescales.Select(r => r.Size).Order());
        Assert.All(target.Rescales, r => Assert.True(r.First <= r.Last));
    }

    private void Recorded(string scaledObjects, string hpas)
    {
        _api.On("GET", FakeApi.ScaledObjects, 200, Fixture.Text(scaledObjects));
        _api.On("GET", FakeApi.Hpas, 200, Fixture.Text(hpas));
        _api.On("GET", FakeApi.Deployments, 200, Fixture.Text("deployments.list.json"));
    }
}
