using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>Replicas that are there, with an HPA controller whose workers hang, and beside people who scale by hand.</summary>
public sealed class CapacitySimulation
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(n => (ulong)n)];

    private static Policy Policy => new() { Cluster = "sim", AlertChannels = ["slack", "pagerduty"] };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void With_the_HPA_controller_starving_every_fallback_has_its_replicas_within_45_s_of_the_decision(ulong seed)
    {
        using var world = new SimWorld(seed, moreTargets: 55, policy: Policy);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.OperatorUnhealthy) is not null, TimeSpan.FromMinutes(5), "a trip");
        var opened = world.Panel.OpenIncident(Cause.OperatorUnhealthy)!.OpenedAt;
        world.Wait(opened + TimeSpan.FromSeconds(45) - world.Time.Now);
        var short_ = world.Cluster.Snapshot().Targets.Where(t => t.Hpas is [var hpa] && t.AvailableReplicas < hpa.Min).Select(t => $"{t.Name} {t.AvailableReplicas} of {t.Hpas[0].Min}").ToList();
        Assert.True(short_.Count == 0, string.Join(", ", short_));
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.NotNull(world.Panel.OpenIncident(Cause.OperatorUnhealthy)!.ReplicasThereAt);
        var raised = world.Facts().Audit.Count(a => a.Record.Facts.GetValueOrDefault("because") == nameof(Reason.RaisedWithoutHpa));
        Assert.True(raised > 0, "the HPA controller did not starve");
        world.Faults.SetOperator(OperatorState.Alive);
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(4), "every incident is closed");
        world.Pass(TimeSpan.FromMinutes(2));
        world.AssertAllInvariants();
    }

    /// <summary>At any write of the trip, and at any second after it.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_count_that_a_human_sets_after_the_trip_is_never_raised_or_undone_by_us(ulong seed)
    {
        using var world = new SimWorld(seed, moreTargets: 20, policy: Policy);
        var random = new SimRandom(seed);
        int Less(int n) => (int)(random.Next() * n);
        void Human()
        {
            var targets = world.Cluster.Snapshot().Targets;
            var target = targets[Less(targets.Length)];
            var count = Less(3) == 0 ? 0 : Less(target.Max + 1);
            var body = $$"""{"spec":{"replicas":{{count}}} }""";
            var path = $"/apis/apps/v1/namespaces/{target.Workload.Namespace}/deployments/{target.Workload.Name}/scale?fieldManager=kubectl";
            Assert.Equal(200, new KubernetesApi(world.Cluster).Handle(ApiRequest.From("PATCH", path, body, "application/merge-patch+json")).Status);
            world.Cluster.EndStep();
        }

        world.Pass(TimeSpan.FromMinutes(1));
        world.Writing = _ =>
        {
            if (Less(10) == 0)
                Human();
        };
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.OperatorUnhealthy) is not null, TimeSpan.FromMinutes(5), "a trip");
        for (var i = 0; i < 12; i++)
        {
            world.Wait(TimeSpan.FromSeconds(Less(15)));
            Human();
        }

        world.Pass(TimeSpan.FromMinutes(3));
        world.Writing = null;
        world.Faults.SetOperator(OperatorState.Alive);
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(4), "every incident is closed");
        world.Pass(TimeSpan.FromMinutes(2));
        world.AssertAllInvariants();
    }
}
