using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>A source answers with errors, and KEDA keeps to the ScaledObject's own spec.fallback: that is told with its behaviour, and the fallback keeps to it too.</summary>
public sealed class KedaOwnFallback : ShortScenario
{
    private const int Runs = 9;

    public override string Name => "keda-own-fallback";

    public override string About => "a source fails and KEDA's own fallback acts (currentReplicasIfHigher): told with its behaviour, tripped, and kept to until the source is back";

    protected override string More(DateTimeOffset start) => """
        fallback:
          floor_period: 30s
        """;

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        // From the beginning: an HPA leaves a count alone that is within a tenth of what it would set.
        story.Rig.Kubernetes.Change(c => c.Parts.Demand(new WorkloadKey("sophia-mesh", "Deployment", "sophia-keeps-higher"), 2, 20).Fixed = Runs);
        story.Rig.Kubernetes.Change(c => SandboxSeed.Add(c, new SeedTarget("sophia-mesh", "sophia-keeps-higher", "sophia-keeps-higher", 2, 20, """
            {"scaleTargetRef":{"name":"sophia-keeps-higher"},"minReplicaCount":2,"maxReplicaCount":20,"pollingInterval":10,"cooldownPeriod":60,
             "fallback":{"failureThreshold":3,"replicas":4,"behavior":"currentReplicasIfHigher"},
             "triggers":[{"type":"prometheus","metadata":{"serverAddress":"http://prometheus.istio-system:9090","query":"up","threshold":"5"}}]}
            """)));
        await story.PassAsync(TimeSpan.FromMinutes(3), "KEDA scales it");
        var target = story.Rig.Look().Targets.Single(t => t.Name == "sophia-keeps-higher");
        story.Check($"{Runs} replicas run", target.Replicas == Runs);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.Prometheus));
        story.Mark($"the trigger source of {NameOf(target)} answers with errors", Name);

        await story.PassAsync(TimeSpan.FromSeconds(90), "KEDA's own fallback acts");
        await story.WhyAsync(target);
        story.Check("KEDA's own fallback keeps what runs", story.Rig.Look().Targets.Single(t => t.Name == target.Name).Replicas == Runs);
        story.Check("why tells it with its behaviour", story.Explained[^1].Contains("KEDA's own fallback (currentReplicasIfHigher: what runs, and at least 4)"));

        await TripAsync(story, Cause.ScalerErrors);
        await story.PassAsync(TimeSpan.FromSeconds(65), "its floor period ends, and the source stays away");
        await story.WhyAsync(target);
        var least = story.Rig.LastObservation!.Targets[new TargetId(target.Namespace, target.Name)].FallbackHpa!.Min;
        story.Check("the fallback keeps to it too: what ran, and not the policy's 10", least == Runs);
        story.Check("why says what it keeps to", story.Explained[^1].Contains($"Its fallback keeps to its spec.fallback (currentReplicasIfHigher: what runs, and at least 4): at least {Runs} replicas"));
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.None));
        story.Mark("the source is back", Name);
        await ClosesAsync(story);
        var page = story.Texts("slack").FirstOrDefault(t => t.Contains("KEDA's own fallback (currentReplicasIfHigher: what runs, and at least 4) is active")) ?? "";
        story.Check("the page says that KEDA's own fallback acted, with its behaviour", page.Length > 0);
        story.Read(page);
    }
}
