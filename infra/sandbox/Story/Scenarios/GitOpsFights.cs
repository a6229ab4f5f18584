using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>Argo CD takes our pause for drift and removes it. It is put back as often as the policy says; then KEDA gets the target, and people the name.</summary>
public sealed class GitOpsFights : ShortScenario
{
    private const string Manager = "argocd-controller";

    public override string Name => "gitops-fights";

    public override string About => "Argo CD removes our pause: put back as often as the policy says, then given back to KEDA and held, with the field manager named";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var target = OneTarget(story, random);
        var started = story.Now;
        await story.AlertAsync("KEDAScalerErrors", target, started, resolved: false);
        await TripAsync(story, Cause.ScalerErrors);

        var syncs = 0;
        while ((await story.Rig.PanelAsync()).Targets.TryGetValue(Id(target), out var tripped))
        {
            await story.PassAsync(TimeSpan.FromMinutes(1), "until Argo CD's next sync");
            if ((await SyncAsync(story, target, ++syncs)).Status != 200)
                throw new StoryStuckException("Argo CD could not write.");
            story.Mark($"Argo CD removes the pause of {NameOf(target)}, time {syncs}", Name);

            // KEDA's own event: without it the next probe would see it, up to half a minute later.
            await story.EventAsync("keda.scaledobject.unpaused.v1", target);
            await story.WaitAsync("the reactor's answer", TimeSpan.FromMinutes(3), p => p.Targets.GetValueOrDefault(Id(target)) is not { } now
                || (now.Phase == Phase.OnFallback && now.PutBacks.Length > tripped.PutBacks.Length));
        }

        story.Check("it was put back before it was given back", syncs > 1);
        story.Mark("given back to KEDA, for a human to look at", Name);
        await story.WhyAsync(target);
        await story.PagesArriveAsync();
        var member = (await story.Rig.PanelAsync()).OpenIncident(Cause.ScalerErrors)!.Members[Id(target)];
        story.Check("it is left alone from then on, and the field manager is named", member is { State: MemberState.LeftAlone, Reason: Reason.PutBacksExhausted } && member.Note.Contains(Manager));
        story.Check("the page names it too", story.Bodies("slack").Any(b => b.Contains(Manager)));
        await story.AlertAsync("KEDAScalerErrors", target, started, resolved: true);
        await ClosesAsync(story);
    }

    private static TargetId Id(TargetState target) => new(target.Namespace, target.Name);

    private static Task<Answered> SyncAsync(StoryRun story, TargetState target, int revision) => story.AnnotateAsync(target, Manager, new JsonObject
    {
        [PauseAnnotations.PausedKey] = null,
        ["argocd.argoproj.io/tracking-id"] = $"mesh:keda.sh/ScaledObject:{NameOf(target)}:{revision}",
    });
}
