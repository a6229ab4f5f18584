using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>KEDA's HPA has a name that its ScaledObject gives it, and goes back and forth: neither probe nor alert may look for keda-hpa-….</summary>
public sealed class OscillationOwnHpaName : ShortScenario
{
    private const string Space = "sophia-mesh";
    private const string ScaledObject = "sophia-checkout";
    private const string Hpa = "checkout";

    public override string Name => "oscillation-own-hpa-name";

    public override string About => "KEDA's HPA is called as its ScaledObject wants it: going back and forth trips it, the rule's alert finds it by its HPA, and the HPA is back in the end";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        story.Rig.Kubernetes.Change(c => SandboxSeed.Add(c, new SeedTarget(Space, ScaledObject, ScaledObject, 2, 12, $$$"""
            {"scaleTargetRef":{"name":"{{{ScaledObject}}}"},"minReplicaCount":2,"maxReplicaCount":12,"pollingInterval":10,
             "advanced":{"horizontalPodAutoscalerConfig":{"name":"{{{Hpa}}}"}},
             "triggers":[{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"checkout","listLength":"10"}}]}
            """)));
        await story.PassAsync(TimeSpan.FromMinutes(3), $"{Space}/{ScaledObject} is new and comes to rest");
        var target = story.Rig.Look().Targets.Single(t => t.Name == ScaledObject);
        story.Check($"KEDA's HPA is called {Hpa}", Stands(story, Hpa) && !Stands(story, $"keda-hpa-{ScaledObject}"));

        var began = story.Now;
        story.Rig.Kubernetes.Change(c => c.Faults.SetOscillating(Space, ScaledObject, true));
        story.Mark($"{NameOf(target)} begins to go back and forth", Name);
        await TripAsync(story, Cause.Oscillation);
        story.Check($"it alone is on its fallback, and {Hpa} is gone", Stands(story, $"{ScaledObject}-fallback") && !Stands(story, Hpa));

        // As the shipped rule has it of a workload whose replicas nobody exports: by its HPA alone.
        var heard = await story.AlertAsync("KEDAScalingOscillation", target, began, resolved: false, hpa: Hpa);
        story.Check("the rule's alert is accepted by the name of the HPA", heard.Status == 202 && heard.Text("ignored") is "" or "[]");
        await story.WaitAsync("the alert to join the incident", TimeSpan.FromMinutes(2), p => p.OpenIncident(Cause.Oscillation)?.Evidence.Count == 2);
        story.Rig.Kubernetes.Change(c => c.Faults.SetOscillating(Space, ScaledObject, false));
        story.Mark("the trigger is mended", Name);
        await story.WhyAsync(target);
        await story.AlertAsync("KEDAScalingOscillation", target, began, resolved: true, hpa: Hpa);
        await ClosesAsync(story);
        story.Check("people were told, by its name", story.Bodies("slack").Any(b => b.Contains("goes back and forth") && b.Contains(NameOf(target))));
        story.Check($"KEDA's HPA is back as {Hpa}", Stands(story, Hpa) && !Stands(story, $"{ScaledObject}-fallback"));
    }

    private static bool Stands(StoryRun story, string hpa) => story.Rig.Kubernetes.Look(c => c.Store.Find(Resources.Hpas, Space, hpa) is not null);
}
