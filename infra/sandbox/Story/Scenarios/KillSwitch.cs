using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>One namespace is on its fallback and another is not, since its Role is missing; then the kill switch is set. What waited is written when it is off.</summary>
public sealed class KillSwitch : ShortScenario
{
    private const string Refused = "artemis-mesh";

    public override string Name => "kill-switch";

    public override string About => "every write stops in the middle of a trip, and goes on when the switch is off again";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        story.Rig.Kubernetes.Change(c => c.Faults.Add(ApiFault.Error(403, when: r => r.Writes && r.Path.Contains(Refused))));
        Operator(story, OperatorState.Dead, $"KEDA's operator is killed, and in {Refused} the reactor may not write");
        await story.WaitAsync("half of the trip", TimeSpan.FromMinutes(10), p => p.Targets.Values.Any(t => t.Phase == Phase.OnFallback) && p.Targets.Values.Any(t => t is { Phase: Phase.Tripping, Problem.Length: > 0 }));
        story.Mark("half of the workloads are on their fallback", Name);

        var answer = await story.OrderAsync("kill-switch", """{"state":"on","reason":"somebody else is at work on the same objects","by":"ana"}""");
        story.Check("the switch is accepted", answer.Status == 202);
        story.Rig.Kubernetes.Change(c => c.Faults.ClearApi());
        story.Mark("the kill switch is on; the Role is back", Name);
        var (written, before) = (story.Rig.AcceptedWrites, Autoscalers(story));
        await story.PassAsync(TimeSpan.FromMinutes(3), "nothing is written");
        await story.WhyAsync(story.Rig.Look().Targets.First(t => t.Namespace == Refused && !story.Rig.Untouchable.Contains(NameOf(t))));
        story.Check("while it is on nothing is written and nothing moves", story.Rig.AcceptedWrites == written && Autoscalers(story) == before);

        await story.OrderAsync("kill-switch", """{"state":"off","reason":"done","by":"ana"}""");
        story.Mark("the kill switch is off", Name);
        await TripAsync(story, Cause.OperatorUnhealthy);
        Operator(story, OperatorState.Alive, "KEDA's operator is back");
        await ClosesAsync(story);
        story.Check("people were told of the switch, on and off", story.Pages("slack").Count(t => t.Contains("Kill switch on")) == 2);
    }

    private static string Autoscalers(StoryRun story) => string.Join("; ", story.Rig.Look().Targets.Select(t => $"{NameOf(t)} {string.Join(",", t.Hpas.Select(h => h.Name))}"));
}
