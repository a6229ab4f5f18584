namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class PageTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void WholeStory()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Wave, BatchBackAt: not null }, "a wave");
        _world.KedaHpaShows(_world.TheIncident.Recovery.Batch[0].Name, "False", "AmbiguousSelector");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void An_incident_is_triggered_first_resolved_last_under_one_key_with_unique_page_ids()
    {
        WholeStory();
        Assert.Equal(PageKind.Trigger, _world.Pages[0].Kind);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.All(_world.Pages.Skip(1).SkipLast(1), p => Assert.Equal(PageKind.Update, p.Kind));
        Assert.Single(_world.Pages.Select(p => p.DedupKey).Distinct());
        Assert.Equal(_world.Pages.Count, _world.Pages.Select(p => p.Id).Distinct().Count());
    }

    [Fact]
    public void Every_page_says_what_happened_what_was_done_what_comes_next_and_what_the_human_may_do()
    {
        WholeStory();
        Assert.All(_world.Pages, p =>
        {
            Assert.All([p.Title, p.Happened, p.Did, p.Next, p.YouMay], words => Assert.False(string.IsNullOrWhiteSpace(words), p.Id));
            Assert.Equal(("test", Cause.OperatorUnhealthy), (p.Cluster, p.Cause));
            Assert.Equal(4, p.Targets.Length);
            Assert.All(p.Targets, t => Assert.StartsWith("sophia-mesh/", t, StringComparison.Ordinal));
            Assert.True(p.NextAt is null || p.NextAt >= p.At, $"{p.Id} promises the past");
        });
        Assert.Contains("KEDA's operator", _world.Pages[0].Happened);
        Assert.Contains(_world.Pages, p => p.NextAt is not null);
    }

    [Fact]
    public void Every_audit_record_has_a_reason_a_text_an_actor_and_what_it_is_about()
    {
        WholeStory();
        Assert.All(_world.Audit, a =>
        {
            Assert.False(string.IsNullOrWhiteSpace(a.Text));
            Assert.False(string.IsNullOrWhiteSpace(a.Actor));
            Assert.True(Enum.IsDefined(a.Reason));
        });
        Assert.All(_world.Audit.Where(a => a.Kind == AuditKind.Write), a => Assert.True(a.Target is not null && a.IncidentId is not null, a.Text));
        Assert.Equal(_world.Written.Count, _world.Audit.Count(a => a.Reason == Reason.WriteDone));
    }

    [Fact]
    public void A_policy_without_send_alert_pages_nobody_and_still_audits()
    {
        _world.Policy = _world.Policy with { OnTrip = _world.Policy.OnTrip.Remove(TripAction.SendAlert) };
        WholeStory();
        Assert.Empty(_world.Pages);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.IncidentClosed);
    }
}
