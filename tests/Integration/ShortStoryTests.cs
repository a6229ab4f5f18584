using Sophia.Keda.Reactor.Sandbox.Story;
using Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>Each point of recovery and human control, as a person would want to see it played. Two classes, since classes run side by side.</summary>
internal static class ShortStories
{
    public static TheoryData<string> Half(int which) => [.. Scenario.All.Where(s => !s.InAll).Select(s => s.Name).Where((_, i) => i % 2 == which)];

    /// <summary>Played faster than the others: they wait for minutes, and hardly anything is under way.</summary>
    public static async Task PlayAsync(string scenario) =>
        Assert.Equal(0, await StoryCommand.RunAsync(new StoryOptions { Exit = true, Port = 0, ClusterPort = 0, Speed = 600, MoreTargets = 0, Seed = 11, Scenario = scenario }, default));
}

public sealed class ShortStoryTests
{
    public static TheoryData<string> Scenarios => ShortStories.Half(0);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task It_shows_what_it_has_to_show_and_every_invariant_holds(string scenario) => await ShortStories.PlayAsync(scenario);
}

public sealed class MoreShortStoryTests
{
    public static TheoryData<string> Scenarios => ShortStories.Half(1);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task It_shows_what_it_has_to_show_and_every_invariant_holds(string scenario) => await ShortStories.PlayAsync(scenario);
}
