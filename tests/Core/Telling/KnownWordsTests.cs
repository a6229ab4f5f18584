namespace Sophia.Keda.Reactor.Core.Tests.Telling;

/// <summary>While everything that could fail is paused, nobody knows whether a source answers: the pages say what is known.</summary>
public sealed class KnownWordsTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private Page Canary() => _world.Pages.First(p => p.Title.Contains(": testing with ", StringComparison.Ordinal));

    private void SourcesGo(params string[] names)
    {
        _world.Run();
        foreach (var name in names)
            _world.Sourceless.Add(name);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.PassUntil(() => _world.Pages.Exists(p => p.Title.Contains(": testing with ", StringComparison.Ordinal)), "a canary");
    }

    [Fact]
    public void With_all_of_them_paused_the_page_says_that_KEDA_answers_and_that_the_canary_will_show_the_rest()
    {
        SourcesGo("a", "b", "c", "d");
        Assert.Contains("KEDA answers: testing with", Canary().Title, StringComparison.Ordinal);
        Assert.Contains("KEDA's operator and metrics server answered 3 probes in a row. It scales nothing now that could fail: whether the sources answer, the canary will show.", Canary().Happened, StringComparison.Ordinal);
        Assert.DoesNotContain(_world.Pages, p => $"{p.Title} {p.Happened} {p.Did} {p.Next}".Contains("healthy", StringComparison.Ordinal));
    }

    [Fact]
    public void With_others_that_KEDA_scales_it_says_that()
    {
        SourcesGo("a");
        Assert.Contains("It scales others; whether the sources of what is paused answer, the canary will show.", Canary().Happened, StringComparison.Ordinal);
    }

    [Fact]
    public void Trouble_that_nothing_could_show_is_not_said_to_be_gone()
    {
        SourcesGo("a", "b", "c", "d");
        _world.PassUntil(() => _world.TheIncident.Attempts == 1, "a failed recovery");
        Assert.Contains(_world.Pages, p => p.Happened.Contains("What began it is not to be seen while paused, since ", StringComparison.Ordinal));
        Assert.DoesNotContain(_world.Pages, p => p.Happened.Contains("gone since", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_canary_whose_source_is_still_dead_fails_within_its_gate(bool kedaHasItsOwnFallback)
    {
        SourcesGo("a", "b", "c", "d");
        var back = _world.Now;
        var canary = _world.TheIncident.Recovery.Batch.Single();
        if (kedaHasItsOwnFallback)
        {
            _world.Sourceless.Remove(canary.Name); // then all else looks healthy (measured)
            _world.KedaHpaShows(canary.Name, "True", "ValidMetricFound");
            _world.Change(canary.Name, v => v with { KedaFallback = new("True", "FallbackExists", "prometheus answers 500") });
        }

        _world.PassUntil(() => _world.TheIncident.Members[canary].Failures == 1, "a failed canary");
        Assert.True(_world.Now - back <= _world.Policy.RecoveryTestPeriod, $"it took {_world.Now - back}");
        Assert.NotNull(_world.Targets[canary].FallbackHpa);
    }
}
