using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Story.Telling;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>The end of the story was not reached in time.</summary>
public sealed class StoryStuckException(string message) : Exception(message);

/// <summary>Plays scenarios one after the other and keeps the times at which things happened.</summary>
public sealed class StoryRun(Rig rig, ITeller teller, CancellationToken cancel = default) : IDisposable
{
    /// <summary>By the machine's clock; a look at the panel is cheap.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    private readonly People _people = new(rig.Reactor.Address, rig.Kubernetes.Address, rig.Clock);
    private int _told;

    public Rig Rig { get; } = rig;

    public List<Milestone> Milestones { get; } = [];

    /// <summary>What the scenario had to show, beyond what must always hold.</summary>
    public List<string> Shown { get; } = [];

    /// <summary>Explanations that were asked for, as a terminal shows them.</summary>
    public List<string> Explained { get; } = [];

    public DateTimeOffset Now => Rig.Clock.GetUtcNow();

    public void Mark(string what, string scenario)
    {
        var milestone = new Milestone(scenario, what, Now);
        Milestones.Add(milestone);
        teller.Happened(milestone);
    }

    /// <summary>The scenario's own verdict.</summary>
    /// <exception cref="StoryStuckException">It is not so.</exception>
    public void Check(string what, bool holds) => Shown.Add(holds ? what : throw new StoryStuckException($"It is not so that {what}."));

    public Task<Answered> OrderAsync(string path, string json) => _people.OrderAsync(path, json);

    public Task<Answered> AlertAsync(string name, TargetState target, DateTimeOffset started, bool resolved) => _people.AlertAsync(name, target, started, resolved);

    public Task<Answered> EventAsync(string type, TargetState target) => _people.EventAsync(type, target);

    public Task<Answered> AnnotateAsync(TargetState target, string manager, JsonObject annotations) => _people.AnnotateAsync(target, manager, annotations);

    public Task<Answered> PatchAsync(string path, JsonObject body) => _people.PatchAsync(path, body);

    /// <summary>Asks why a target is as it is, and shows the answer.</summary>
    public async Task WhyAsync(TargetState target)
    {
        var text = await _people.WhyAsync(target);
        Explained.Add(text);
        teller.Explained(Now, text);
    }

    /// <summary>Shows what a page says.</summary>
    public void Read(string page) => teller.Read(Now, page);

    /// <summary>Titles of the pages that arrived on a channel.</summary>
    public IReadOnlyList<string> Pages(string channel) => [.. Rig.Receivers.Log.All().Where(m => m.Channel == channel).Select(Arrivals.TitleOf)];

    /// <summary>The same pages with all that they say.</summary>
    public IReadOnlyList<string> Bodies(string channel) => [.. Rig.Receivers.Log.All().Where(m => m.Channel == channel).Select(m => m.Body?.ToJsonString() ?? "")];

    /// <summary>The words of each, as people read them.</summary>
    public IReadOnlyList<string> Texts(string channel) => [.. Rig.Receivers.Log.All().Where(m => m.Channel == channel).Select(m => string.Join('\n', Arrivals.Words(m.Body)))];

    public void Dispose() => _people.Dispose();

    /// <summary>Lets simulated time pass.</summary>
    public Task PassAsync(TimeSpan time, string why) => UntilAsync(Now + time, why);

    private async Task UntilAsync(DateTimeOffset then, string why)
    {
        while (Now < then)
        {
            await TellAsync($"{why}, {Words.Span(then - Now)} to go");
            await Task.Delay(LookEvery, TimeProvider.System, cancel);
        }
    }

    /// <summary>Waits for something, at most so long in simulated time.</summary>
    public async Task WaitAsync(string what, TimeSpan atMost, Func<Panel, bool> holds)
    {
        var start = Now;
        while (true)
        {
            var panel = await Rig.PanelAsync();
            await TellAsync($"waiting for {what}, for {Words.Span(Now - start)}");
            if (holds(panel))
                return;
            if (Now - start > atMost)
                throw new StoryStuckException($"After {Words.Span(atMost)} of simulated time still not: {what}.");
            await Task.Delay(LookEvery, TimeProvider.System, cancel);
        }
    }

    /// <summary>Waits until every page of every channel has arrived.</summary>
    public async Task PagesArriveAsync()
    {
        var start = Now;
        while ((await Rig.Store.CountPagesAsync(CancellationToken.None)).Any(c => c.Waiting > 0))
        {
            await TellAsync("waiting for the last pages to arrive");
            if (Now - start > TimeSpan.FromMinutes(15))
                throw new StoryStuckException("After 15 minutes of simulated time pages still wait.");
            await Task.Delay(LookEvery, TimeProvider.System, cancel);
        }
    }

    private async Task TellAsync(string doing)
    {
        var arrived = Rig.Receivers.Log.All();
        for (; _told < arrived.Count; _told++)
            teller.Arrived(arrived[_told].At, arrived[_told].Channel, Arrivals.TitleOf(arrived[_told]));
        teller.Look(Sighting.Of(Now, Rig.Clock.Speed, doing, Rig.Look(), await Rig.PanelAsync(), Rig.LastObservation, Rig.Policy));
    }
}

/// <summary>Something happened at a simulated time.</summary>
public sealed record Milestone(string Scenario, string What, DateTimeOffset At);
