using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Sophia.Keda.Reactor.Sandbox.Story.Invariants;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>A check that can't fail proves nothing: each invariant is broken here on purpose and must be noticed.</summary>
public sealed class InvariantsNotice
{
    private const string Hpas = "/apis/autoscaling/v2/namespaces/sophia-mesh/horizontalpodautoscalers";
    private const string ScaledObject = "/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects/sophia-ai-services";
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);

    private readonly SandboxCluster _cluster = SandboxSeed.Create(Start, seed: 1);

    private void Call(string method, string path, string? body = null, string type = "application/json")
    {
        var response = new KubernetesApi(_cluster).Handle(ApiRequest.From(method, path, body, type));
        Assert.InRange(response.Status, 200, 299);
    }

    private void Broken(int invariant, bool atTheEnd = false, params string[] untouchable)
    {
        var settings = new InvariantSettings { Untouchable = untouchable.ToHashSet() };
        var violations = atTheEnd ? ClusterInvariants.AtTheEnd(_cluster, settings) : ClusterInvariants.DuringTheStory(_cluster, settings);
        Assert.Equal([invariant], violations.Select(v => v.Invariant).Distinct());
    }

    [Fact]
    public void A_cluster_that_nobody_touched_breaks_nothing()
    {
        _cluster.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(ClusterInvariants.DuringTheStory(_cluster, new InvariantSettings()));
        Assert.Empty(ClusterInvariants.AtTheEnd(_cluster, new InvariantSettings()));
    }

    [Fact]
    public void A_workload_without_an_autoscaler_for_two_minutes()
    {
        _cluster.Faults.SetOperator(OperatorState.Dead);
        Call("DELETE", Hpas + "/keda-hpa-sophia-ai-services");
        _cluster.Advance(TimeSpan.FromMinutes(2));
        Broken(1);
        Broken(1, atTheEnd: true);
    }

    [Fact]
    public void Marks_of_the_reactor_that_stay()
    {
        Call("PATCH", ScaledObject, """{"metadata":{"annotations":{"reactor.sophia-intel.ai/incident":"i"}}}""", "application/merge-patch+json");
        Broken(1, atTheEnd: true);
    }

    [Fact]
    public void A_humans_count_of_the_trip_that_the_reactor_raises()
    {
        const string Scale = "/apis/apps/v1/namespaces/sophia-mesh/deployments/sophia-ai-services/scale?fieldManager=";
        Call("PATCH", ScaledObject, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", "application/merge-patch+json");
        Call("PATCH", Scale + "kubectl", """{"spec":{"replicas":0}}""", "application/merge-patch+json");
        _cluster.EndStep();
        Call("PATCH", Scale + "sophia-keda-reactor", """{"spec":{"replicas":15}}""", "application/merge-patch+json");
        _cluster.EndStep();
        Broken(13);
    }

    [Fact]
    public void Two_HPAs_on_one_workload_for_two_minutes()
    {
        Call("POST", Hpas, """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"sophia-ai-services-fallback","namespace":"sophia-mesh"},
             "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"sophia-ai-services"},"minReplicas":2,"maxReplicas":10}}
            """);
        _cluster.Advance(TimeSpan.FromMinutes(2));
        Broken(2);
    }

    [Fact]
    public void A_pause_on_what_belongs_to_others()
    {
        Call("PATCH", ScaledObject, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", "application/merge-patch+json");
        Broken(3, atTheEnd: false, "sophia-mesh/sophia-ai-services");
    }

    [Fact]
    public void Fewer_replicas_than_at_the_trip()
    {
        Call("PATCH", ScaledObject, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", "application/merge-patch+json");
        _cluster.Advance(TimeSpan.FromSeconds(1));
        Call("PATCH", "/apis/apps/v1/namespaces/sophia-mesh/deployments/sophia-ai-services/scale?fieldManager=kube-controller-manager", """{"spec":{"replicas":1}}""", "application/merge-patch+json");
        _cluster.Advance(TimeSpan.FromSeconds(1));
        Broken(4);
    }

    /// <summary>A process that died after its decision: its successor pauses when the lease has run out, and the period is not longer for it.</summary>
    [Theory]
    [InlineData(571, false)]
    [InlineData(569, true)]
    public void Fewer_replicas_before_the_floors_period_has_passed_since_the_decision(int secondsAfterPause, bool broken)
    {
        _cluster.Faults.SetOperator(OperatorState.Dead);
        Call("DELETE", Hpas + "/keda-hpa-sophia-ai-services");
        var decided = new StoredAudit(1, new AuditRecord
        {
            At = _cluster.Now, Kind = AuditKind.Decision, Reason = Reason.TargetTripped, Target = new TargetId("sophia-mesh", "sophia-ai-services"), Actor = "test", Text = "",
        });
        _cluster.Advance(TimeSpan.FromSeconds(30));
        Call("PATCH", ScaledObject, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", "application/merge-patch+json");
        _cluster.Advance(TimeSpan.FromSeconds(secondsAfterPause));
        Call("PATCH", "/apis/apps/v1/namespaces/sophia-mesh/deployments/sophia-ai-services/scale?fieldManager=kube-controller-manager", """{"spec":{"replicas":1}}""", "application/merge-patch+json");
        _cluster.Advance(TimeSpan.FromSeconds(1));
        var settings = new InvariantSettings { Trips = InvariantSettings.TripsIn([decided]) };
        Assert.Equal(broken, ClusterInvariants.DuringTheStory(_cluster, settings).Any(v => v.Invariant == 4));
    }

    [Fact]
    public void What_the_reactor_says_of_itself_is_checked_too()
    {
        Assert.Empty(ReactorInvariants.Check(Told(), new Policy()));
        Assert.Contains(Check(Told() with { Pages = [new("slack", Closed.DedupKey, PageKind.Trigger)] }), v => v.Invariant == 6);
        Assert.Contains(Check(Told() with { Pages = [] }), v => v.Invariant == 6);
        Assert.Contains(Check(Told() with { AcceptedWrites = 2 }), v => v.Invariant == 9);
        Assert.Contains(Check(Told() with { Audit = [.. Told().Audit.Where(a => a.Sequence != 2)] }), v => v.Invariant == 9);
        Assert.Contains(Check(Told() with { Audit = [.. Told().Audit, Said(5, Reason.TargetHandedBack, "b")] }), v => v.Invariant == 7);
        Assert.Contains(Check(Told() with { Audit = [Heard(1), Heard(2)] }), v => v.Invariant == 5);
    }

    private static readonly Incident Closed = new()
    {
        Id = "i", Cluster = "sim", Cause = Cause.OperatorUnhealthy, OpenedAt = Start, ClosedAt = Start, Why = "",
        Members = ImmutableSortedDictionary<TargetId, Member>.Empty.Add(new("n", "a"), Back).Add(new("n", "b"), Back),
    };

    private static Member Back => new() { State = MemberState.HandedBack, Reason = Reason.WaveStarted, Since = Start };

    private static IEnumerable<Violation> Check(ReactorFacts facts) => ReactorInvariants.Check(facts, new Policy());

    private static ReactorFacts Told() => new()
    {
        Audit = [Heard(1), Said(2, Reason.CanaryStarted, "a"), Said(3, Reason.TargetHandedBack, "a"), Said(4, Reason.WriteDone, "a", AuditKind.Write)],
        Closed = [Closed],
        Panel = Panel.Empty("sim"),
        Pages = [new("slack", Closed.DedupKey, PageKind.Trigger), new("slack", Closed.DedupKey, PageKind.Resolve)],
        Channels = ["slack"],
        AcceptedWrites = 1,
    };

    private static StoredAudit Said(long sequence, Reason reason, string target, AuditKind kind = AuditKind.Decision) => new(
        sequence, new AuditRecord { At = Start, Kind = kind, Reason = reason, Actor = "reactor", IncidentId = "i", Target = new("n", target), Text = "" });

    private static StoredAudit Heard(long sequence) => new(
        sequence,
        new AuditRecord
        {
            At = Start, Kind = AuditKind.Signal, Reason = Reason.AlertAccepted, Actor = "alertmanager", Text = "",
            Facts = ImmutableSortedDictionary<string, string>.Empty.Add("key", "f1"),
        });
}
