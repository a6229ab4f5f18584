using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>The source stays away: on the fallback nothing shows it, so the canary finds out. It is put back, and after the second time left there and told, with its own growing wait.</summary>
public sealed class CanaryFails : ShortScenario
{
    public override string Name => "canary-fails";

    public override string About => "the source is still away: the only canary is put back twice and then left on its fallback, each wait doubled; then the source is back, and so is the target";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var target = OneTarget(story, random);
        var how = random.One([TriggerFailure.Redis, TriggerFailure.Prometheus]);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, how));
        story.Mark($"the trigger source of {NameOf(target)} {(how == TriggerFailure.Redis ? "can't be reached" : "answers with errors")}", Name);
        await TripAsync(story, Cause.ScalerErrors);

        var first = TimeSpan.Zero;
        await story.WaitAsync("the first failure", TimeSpan.FromMinutes(30), p =>
        {
            if (p.OpenIncident(Cause.ScalerErrors) is not { Attempts: 1 } incident)
                return false;
            first = incident.Recovery.NotBefore!.Value - incident.Recovery.Since!.Value;
            return true;
        });
        story.Mark($"the canary failed and is back on its fallback, the next try in {Words.Span(first)}", Name);

        var second = TimeSpan.Zero;
        await story.WaitAsync("the second failure", TimeSpan.FromMinutes(30), p =>
        {
            if (p.Incidents.Values.FirstOrDefault(i => i.Left)?.Members.Values.Single() is not { RetryAt: { } retry, FailedAt: { } failed })
                return false;
            second = retry - failed;
            return true;
        });
        story.Mark($"it failed again while KEDA scales others: left on its fallback, the next try in {Words.Span(second)}", Name);

        await story.WhyAsync(target);
        story.Check("the second wait is twice the first", second == first * 2);
        await story.PagesArriveAsync();
        story.Check("the page before each try said what was known, and no more", story.Pages("slack").Any(t => t.Contains($"KEDA answers: testing with {NameOf(target)}"))
            && !story.Bodies("slack").Any(b => b.Contains("healthy")));
        story.Check("people were told of the failure", story.Pages("slack").Count(t => t.Contains("Recovery failed")) == 1);
        story.Check("and once that it is left on its fallback", story.Pages("slack").Count(t => t.Contains("Left on fallback")) == 1);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.None));
        story.Mark("the source is back", Name);
        await ClosesAsync(story);
    }
}
