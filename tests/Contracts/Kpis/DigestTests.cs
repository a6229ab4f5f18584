using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Kpis;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Kpis;

public sealed class DigestTests : IDisposable
{
    private readonly KpiRig rig = new();
    private readonly List<Page> pages = [];
    private readonly Digest digest;

    public DigestTests() => digest = New();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task It_comes_on_Monday_at_nine_by_the_clock_of_its_zone_once()
    {
        // 2026-08-03 09:00 UTC is 11:00 in Berlin: this week's is over.
        await RunAsync();
        rig.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromHours(2) - TimeSpan.FromMinutes(1));
        await RunAsync();
        Assert.Empty(pages);

        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await RunAsync();
        await RunAsync();
        await New().RunAsync(CancellationToken.None);

        Assert.Equal("sophia-keda-reactor/prod/digest/20260810-0700", Assert.Single(pages).Id);
        rig.Time.Advance(TimeSpan.FromDays(7));
        await RunAsync();
        Assert.Equal(2, pages.Count);
    }

    [Fact]
    public async Task One_that_slept_over_the_hour_sends_it_late_and_only_the_latest()
    {
        await RunAsync();
        rig.Time.Advance(TimeSpan.FromDays(17));

        await RunAsync();
        await RunAsync();

        Assert.Single(pages);
    }

    [Fact]
    public async Task It_tells_what_was_missed_and_the_head_of_the_trail()
    {
        await RunAsync();
        rig.Time.Advance(TimeSpan.FromDays(7));
        var now = rig.Time.GetUtcNow();
        await rig.WriteAsync([KpiRig.Of(Reason.TrailBegun, now.AddDays(-20)), .. KpiRig.Incident("i", now.AddDays(-1), 125, 4, 10), .. KpiRig.Incident("j", now.AddDays(-2), 125, 4, 12)]);
        var head = (await new AuditSealer(rig.Store).SealAsync(CancellationToken.None)).Sealed;

        await RunAsync();

        var page = Assert.Single(pages);
        Assert.Equal((PageKind.Trigger, Severity.Info, "Weekly digest: 1 target missed"), (page.Kind, page.Severity, page.Title));
        Assert.Contains("Fallback activations: 2 per week (target < 1 per week, missed), worse than before: 0\n", page.Happened, StringComparison.Ordinal);
        Assert.Contains("Incident response: 11 min (target 15 min MTTR, met)", page.Happened, StringComparison.Ordinal);
        Assert.Contains("Not known here: Scaling latency, ", page.Did, StringComparison.Ordinal);
        Assert.Contains($"record {head.Sequence}, hash {head.Hash}", page.Next, StringComparison.Ordinal);
        var told = Assert.Single(await rig.Store.AuditAsync(new AuditQuery { Reason = Reason.PageQueued }, CancellationToken.None));
        Assert.Equal(page.Id, told.Record.Facts["page"]);
    }

    private Digest New() => new(
        new KpiBoard(rig.Store, null, PrometheusQueries.Defaults),
        rig.Store,
        new DigestSettings("0 9 * * 1", "Europe/Berlin"),
        "prod",
        (page, _) =>
        {
            pages.Add(page);
            return Task.CompletedTask;
        },
        rig.Time);

    private Task<bool> RunAsync() => digest.RunAsync(CancellationToken.None);
}
