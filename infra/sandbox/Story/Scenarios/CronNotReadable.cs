using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>A cron trigger holds a workload high in a zone that KEDA's image knows and the reactor's machine does not: the floor keeps what ran.</summary>
public sealed class CronNotReadable : ShortScenario
{
    private const int Asks = 12;

    public override string Name => "cron-not-readable";

    public override string About => "the operator dies while a cron trigger asks for 12 replicas in a time zone that this machine lacks: they are kept until KEDA is back, and people are told";

    protected override string More(DateTimeOffset start) => """
        fallback:
          floor_period: 1m
        """;

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        // Open all year but its last minute: what it asks for stands whenever the story is played.
        story.Rig.Kubernetes.Change(c => SandboxSeed.Add(c, new SeedTarget("sophia-mesh", "sophia-office-hours", "sophia-office-hours", 2, 20, $$$"""
            {"scaleTargetRef":{"name":"sophia-office-hours"},"minReplicaCount":2,"maxReplicaCount":20,"pollingInterval":10,"cooldownPeriod":60,
             "triggers":[{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"office","listLength":"5"}},
               {"type":"cron","metadata":{"timezone":"US/Pacific-New","start":"0 0 1 1 *","end":"59 23 31 12 *","desiredReplicas":"{{{Asks}}}"}}]}
            """)));
        story.Rig.Kubernetes.Change(c => c.Faults.SetDemand("sophia-mesh", "sophia-office-hours", 3));
        var id = new TargetId("sophia-mesh", "sophia-office-hours");
        await story.PassAsync(TimeSpan.FromMinutes(2), "KEDA scales it to what its cron trigger asks for");
        var target = story.Rig.Look().Targets.Single(t => NameOf(t) == id.ToString());
        story.Check($"KEDA holds it at {Asks} replicas by its cron trigger", target.Replicas == Asks);

        await OperatorDiesAsync(story);
        await story.PassAsync(TimeSpan.FromMinutes(2), "its floor period ends, and the operator stays away");
        await story.WhyAsync(target);
        story.Check("the floor keeps what ran, also after its period", Least(story, target) == Asks);
        story.Check("another workload keeps the policy's number by then", Least(story, story.Rig.Look().Targets.First(t => t.Name == "sophia-ai-services")) == 10);
        story.Check("why says that its cron trigger can't be told", story.Explained[^1].Contains("triggers[1] names the time zone US/Pacific-New, which this machine does not know"));
        Operator(story, OperatorState.Alive, "the operator is back");
        await ClosesAsync(story);
        var said = $"What the cron triggers of {id} ask for can't be told, so it keeps at least {Asks} replicas, as ran, until it is back with KEDA: triggers[1] names the time zone US/Pacific-New";
        var page = story.Texts("slack").FirstOrDefault(t => t.Contains(said)) ?? "";
        story.Check("the page says so, with the trigger and the number", page.Length > 0);
        story.Read(page);
    }

    private static int? Least(StoryRun story, Cluster.TargetState target) =>
        story.Rig.LastObservation?.Targets.GetValueOrDefault(new TargetId(target.Namespace, target.Name))?.FallbackHpa?.Min;
}
