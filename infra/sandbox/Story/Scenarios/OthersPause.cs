using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>In the middle of a trip people pause two of the targets themselves: one with the very value that is there, one at a count. Both are theirs until they let go.</summary>
public sealed class OthersPause : ShortScenario
{
    private const string Manager = "kubectl-annotate";
    private const int Count = 3;

    public override string Name => "others-pause";

    public override string About => "people pause tripped targets themselves, one with the same value and one at a count: neither is fought or taken away, and both go back once they let go";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var same = OneTarget(story, random);
        TargetState counted;
        do
            counted = OneTarget(story, random);
        while (NameOf(counted) == NameOf(same));
        TargetState[] both = [same, counted];
        Source(story, both, TriggerFailure.Redis, "the trigger sources of two targets can't be reached");
        await story.WaitAsync("both to be on their fallback", TimeSpan.FromMinutes(15), p => both.All(t => p.Targets.GetValueOrDefault(Id(t))?.Phase == Phase.OnFallback));
        story.Mark("detected, and on the fallback", Name);

        await WriteAsync(story, same, PauseAnnotations.PausedKey, null);
        await WriteAsync(story, same, PauseAnnotations.PausedKey, "true");
        story.Mark($"somebody sets the pause of {NameOf(same)} anew, with the value that was there", Name);
        await WriteAsync(story, counted, PauseAnnotations.ReplicasKey, $"{Count}");
        story.Mark($"somebody pauses {NameOf(counted)} at {Count} replicas", Name);
        await story.WaitAsync("both to be held", TimeSpan.FromMinutes(5), p => both.All(t => p.Targets.GetValueOrDefault(Id(t)) is { HeldBecause.Length: > 0 }));
        Source(story, both, TriggerFailure.None, "the sources are back");
        await story.PassAsync(TimeSpan.FromMinutes(10), "what people want stays");

        var now = story.Rig.Look().Targets.Where(t => both.Any(b => NameOf(b) == NameOf(t))).ToDictionary(NameOf);
        story.Check("the pause of the same value is kept, and the fallback with it",
            now[NameOf(same)] is { Paused: "true", Hpas: [{ HasKedaLabel: false }] });
        story.Check("where KEDA holds a count, it is that count and no fallback stands beside it", now[NameOf(counted)] is { Replicas: Count, Hpas.IsEmpty: true });
        await story.WhyAsync(same);
        await story.PagesArriveAsync();
        var told = story.Bodies("slack").ToList();
        story.Check("people were told whose pause it is", told.Exists(t => t.Contains($"set by field manager {Manager}")));
        story.Check("and that the fallback is away while KEDA holds the count", told.Exists(t => t.Contains($"KEDA holds it at {Count} replicas")));

        await WriteAsync(story, same, PauseAnnotations.PausedKey, null);
        await WriteAsync(story, counted, PauseAnnotations.ReplicasKey, null);
        story.Mark("both let go", Name);
        await ClosesAsync(story);
    }

    private static TargetId Id(TargetState target) => new(target.Namespace, target.Name);

    private void Source(StoryRun story, TargetState[] targets, TriggerFailure how, string what)
    {
        foreach (var target in targets)
            story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, how));
        story.Mark(what, Name);
    }

    private static async Task WriteAsync(StoryRun story, TargetState target, string key, string? value)
    {
        if ((await story.AnnotateAsync(target, Manager, new JsonObject { [key] = value })).Status != 200)
            throw new StoryStuckException($"{key} of {NameOf(target)} could not be written.");
    }
}
