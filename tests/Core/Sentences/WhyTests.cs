namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Over everything that is played: each `why` holds together, and each order that it names is one that is taken.</summary>
public sealed class WhyTests
{
    private static readonly Lazy<List<Case>> Cases = new(() => [.. All().DistinctBy(c => Placeholders.In(ExplanationText.Write(c.Why, [], c.Input.Now)))]);

    private sealed record Case(string State, DecisionInput Input, Decision Decision, TargetId Id, Explanation Why)
    {
        public override string ToString() => $"{State}:\n{ExplanationText.Write(Why, [], Input.Now)}";
    }

    [Fact]
    public void No_two_lines_of_one_answer_contradict_each_other()
    {
        var found = Cases.Value.SelectMany(c => Contradictions.In(c.Why).Select(contradiction => (contradiction, Case: c))).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found.DistinctBy(f => f.contradiction).Select(f => $"{f.contradiction} ({found.Count(o => o.contradiction == f.contradiction)}), as in {f.Case}")));
    }

    [Theory]
    [InlineData("A reset by hand gives it back")]
    [InlineData("An operator's release of the hold")]
    [InlineData("A hold stops its recovery")]
    [InlineData("Allowing writes: POST /api/kill-switch")]
    [InlineData("The end of the maintenance: POST")]
    [InlineData("Evidence over a limit, or a trip by hand")]
    [InlineData("A trip by hand: POST")]
    public void An_order_that_it_names_is_taken(string line)
    {
        var named = Cases.Value.Where(c => c.Why.WouldChange.Any(l => l.StartsWith(line, StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(named);
        foreach (var (c, order) in named.SelectMany(c => Orders(line, c).Select(order => (c, order))))
        {
            var verdict = Decide.Run(c.Input with { Panel = c.Decision.Panel, Signals = [order] }).Verdicts.Single(v => v.Key == order.Key);
            Assert.True(verdict.Accepted, $"{order} is refused ({verdict.Because}) in {c}");
        }
    }

    [Fact]
    public void A_reset_that_is_said_to_be_refused_is_refused()
    {
        var named = Cases.Value.Where(c => c.Why.WouldChange.Any(l => l.StartsWith("A reset by hand once KEDA is well", StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(named);
        foreach (var c in named)
        {
            var order = Reset(c, ResetMode.Immediate);
            Assert.False(Decide.Run(c.Input with { Panel = c.Decision.Panel, Signals = [order] }).Verdicts.Single(v => v.Key == order.Key).Accepted, c.ToString());
        }
    }

    private static IEnumerable<Order> Orders(string line, Case c)
    {
        var world = new World();
        var change = c.Why.WouldChange.Where(l => l.StartsWith(line, StringComparison.Ordinal)).ToList();
        return line switch
        {
            "A reset by hand gives it back" => change[0].Contains("gradually or at once", StringComparison.Ordinal)
                ? [Reset(c, ResetMode.Gradual), Reset(c, ResetMode.Immediate)]
                : [Reset(c, ResetMode.Immediate)],
            "An operator's release of the hold" => change.Select(l => Given.OnIncident(world, Named(l), IncidentOrderKind.Release, "why")),
            "A hold stops its recovery" => change.Select(l => Given.OnIncident(world, Named(l), IncidentOrderKind.Hold, "why")),
            "Allowing writes: POST /api/kill-switch" => [Given.KillSwitch(world, stop: false, "why")],
            "The end of the maintenance: POST" => change.Select(l => Given.EndOfMaintenance(world, Named(l), "why")),
            _ => [Given.Trip(world, c.Id.Name, "why")],
        };
    }

    private static ResetOrder Reset(Case c, ResetMode mode) => Given.Reset(new World(), c.Id.Name, mode, "why");

    /// <summary>The id in ".../api/incidents/ID/hold".</summary>
    private static string Named(string line) => line.Split('/')[^2];

    private static IEnumerable<Case> All() =>
        from scene in Scene.All
        from played in scene.World.Decisions.Skip(scene.Decisions)
        let seen = played.Input.Observation
        where seen is not null
        from id in seen.Targets.Keys
        select new Case(scene.State, played.Input, played.Decision, id, Explain.Of(played.Decision.Panel, seen, played.Input.Policy, id, played.Input.Now)!);
}
