namespace Sophia.Keda.Reactor.Core.Tests.Edges;

/// <summary>Fallbacks that stand and don't do what they should: told, once, in one page for all.</summary>
public sealed class ShortageTests
{
    private const string Quota = "FailedCreate: pods \"a-1-x\" is forbidden: exceeded quota: mesh, requested: pods=1";
    private const string NoRoom = "FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu.";

    private readonly World _world = new("a", "b", "c");

    private void TripAll()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, null));
        _world.Pass(1);
    }

    private void Lacks(string name, string why) => _world.Change(name, v => v with { Shortage = why, Replicas = v.Replicas! with { Available = 4 } });

    private List<Page> Told(string what) => [.. _world.Pages.Where(p => p.Title.Contains(what, StringComparison.Ordinal))];

    [Fact]
    public void An_exhausted_quota_is_paged_at_once_and_once()
    {
        TripAll();
        Lacks("a", Quota);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Contains("4 of 10 replicas", Assert.Single(Told("can't get the replicas")).Happened);
        Assert.Contains("exceeded quota", Told("can't get the replicas")[0].Happened);
        _world.Pass(10);
        Assert.Single(Told("can't get the replicas"));
        Assert.Single(_world.Audit, a => a.Reason == Reason.FallbackShort);
    }

    [Fact]
    public void Pods_without_room_are_paged_when_no_node_comes_in_time()
    {
        TripAll();
        Lacks("a", NoRoom);
        _world.Pass(1);
        Assert.Empty(Told("can't get the replicas"));
        _world.Pass(2);
        Assert.Contains("Insufficient cpu", Assert.Single(Told("can't get the replicas")).Happened);
    }

    [Fact]
    public void Pods_that_get_their_room_in_time_are_no_news()
    {
        TripAll();
        for (var i = 0; i < 4; i++)
        {
            Lacks("a", NoRoom);
            _world.Pass(1);
            _world.Change("a", v => v with { Shortage = "", Replicas = v.Replicas! with { Available = v.Replicas.Desired } });
            _world.Pass(1);
        }

        Assert.Empty(Told("can't get the replicas"));
    }

    [Fact]
    public void Many_of_them_are_one_page()
    {
        TripAll();
        foreach (var name in new[] { "a", "b", "c" })
            Lacks(name, Quota);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Contains("3 fallbacks", Assert.Single(Told("can't get the replicas")).Title);
    }

    [Fact]
    public void Many_that_do_not_scale_are_one_page_too()
    {
        TripAll();
        foreach (var name in new[] { "a", "b", "c" })
            _world.Change(name, v => v with { Hpas = [v.FallbackHpa! with { ScalingActive = new("False", "FailedGetResourceMetric", "no metrics") }] });
        _world.Pass(5);
        Assert.Contains("3 fallbacks do not scale", Assert.Single(Told("not scale")).Title);
        Assert.Equal(3, _world.Audit.Count(a => a.Reason == Reason.FallbackNotScaling));
    }

    [Fact]
    public void A_fallback_at_0_is_no_failing_one()
    {
        TripAll();
        _world.Pass(5);
        _world.Change("a", v => v with
        {
            Replicas = v.Replicas! with { Desired = 0, Available = 0 }, Hpas = [v.FallbackHpa! with { ScalingActive = new("False", "ScalingDisabled", "") }],
        });
        _world.Pass(5);
        Assert.Empty(Told("not scale"));
    }
}
