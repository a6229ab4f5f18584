namespace Sophia.Keda.Reactor.Core.Tests.Seeing;

/// <summary>An empty list where there were targets is believed when a look a probe later says the same.</summary>
public sealed class EmptyListTests
{
    private readonly World _world = new("a", "b");

    [Fact]
    public void One_empty_list_closes_no_incident_and_forgets_no_target()
    {
        Tripped();
        var before = _world.Panel;
        _world.EmptyLists.Add("");
        var written = _world.Written.Count;
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(before.Targets, _world.Panel.Targets);
        Assert.Equal(before.TheOnly().Members, _world.TheIncident.Members);
        Assert.Equal(written, _world.Written.Count);

        _world.EmptyLists.Clear();
        _world.Pass(1);
        Assert.Equal(2, _world.Panel.Targets.Count);
        Assert.DoesNotContain(_world.Audit, a => a.Reason is Reason.TargetGone or Reason.MarksAdopted);
    }

    [Fact]
    public void Looks_within_one_probe_do_not_confirm_each_other()
    {
        Tripped();
        _world.EmptyLists.Add("");
        for (var i = 0; i < 5; i++)
        {
            _world.Skip(TimeSpan.FromSeconds(5));
            _world.Run();
        }

        Assert.Equal(2, _world.Panel.Targets.Count);
    }

    [Fact]
    public void A_probe_later_it_is_believed()
    {
        Tripped();
        _world.EmptyLists.Add("");
        _world.Pass(1);
        Assert.Empty(_world.Panel.Targets);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.TargetGone);
    }

    [Fact]
    public void A_gap_between_the_two_looks_changes_nothing_about_it()
    {
        Tripped();
        _world.EmptyLists.Add("");
        _world.Pass(TimeSpan.FromSeconds(30));
        _world.Skip(TimeSpan.FromHours(3));
        _world.Run();
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void A_list_that_comes_back_between_two_empty_ones_begins_anew()
    {
        Tripped();
        for (var i = 0; i < 4; i++)
        {
            _world.EmptyLists.Add("");
            _world.Pass(TimeSpan.FromSeconds(30));
            Assert.Equal(2, _world.Panel.Targets.Count);
            _world.EmptyLists.Clear();
            _world.Pass(TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public void A_panel_of_before_that_remembers_no_list_knows_its_tripped_targets()
    {
        Tripped();
        _world.Panel = _world.Panel with { Lists = Panel.Empty("test").Lists };
        _world.EmptyLists.Add("");
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(2, _world.Panel.Targets.Count);
    }

    [Fact]
    public void A_cluster_that_never_had_targets_is_seen_at_once()
    {
        var empty = new World();
        empty.Run();
        Assert.NotNull(empty.Panel.LastSeenAt);
        Assert.Null(empty.Panel.BlindSince);
    }

    /// <summary>A reactor that is restricted to some namespaces asks for each by itself.</summary>
    [Fact]
    public void Of_several_lists_one_that_comes_empty_is_doubted_and_the_others_go_on()
    {
        var other = new TargetId("other", "c");
        _world.Targets[other] = _world["a"] with { Id = other, Uid = "uid-c", Annotations = _world["a"].Annotations.Add(Annotations.OptOut, "true") };
        _world.Lists = ["other", "sophia-mesh"];
        Tripped();
        _world.EmptyLists.Add("sophia-mesh");
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(2, _world.Panel.Targets.Count);
        Assert.Null(_world.Panel.BlindSince);

        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Empty(_world.Panel.Targets);
        Assert.Equal([other], _world.TheIncident.Members.Keys);
    }

    private void Tripped()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Count == 2 && _world.Panel.Targets.Values.All(t => t.Phase == Phase.OnFallback), "all on their fallback");
    }
}

internal static class OneIncident
{
    public static Incident TheOnly(this Panel panel) => Assert.Single(panel.Incidents.Values);
}
