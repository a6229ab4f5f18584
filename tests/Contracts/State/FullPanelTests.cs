using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>What a run costs when the panel holds as much as callers can make it hold, and when it comes in over its bounds. The pod has 512 MiB.</summary>
public sealed class FullPanelTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Policy Policy = new() { Cluster = "prod" };

    /// <summary>As Run.cs has it.</summary>
    private const int SignalsAtOnce = 500;

    /// <summary>Measured: 44 MiB. All that is allocated, not what lives at once: far below the pod's limit even if nothing were collected.</summary>
    private const long MostBytes = 100L << 20;

    [Fact]
    public void A_run_with_a_full_panel_and_a_full_batch_allocates_less_than_a_hundred_MiB()
    {
        var json = PanelJson.Write(Full(PanelBounds.Alerts), UnknownMembers.None);

        var (decision, written) = Measured("full", json, [.. Enumerable.Range(0, SignalsAtOnce).Select(n => Alert(Cause.ScalerErrors, 1_000_000 + n))]);

        Assert.Equal(PanelBounds.Alerts, decision.Panel.Alerts.Count);
        Assert.InRange(written.Length, 1_000_000, 16 << 20);
    }

    [Fact]
    public void A_panel_over_its_bound_loads_and_the_next_decision_trims_it_with_a_record()
    {
        // As the version before wrote it: a notice for each alert, and none of the members that are new.
        var over = Full(29_500) with { Notices = ImmutableSortedDictionary.CreateRange(Enumerable.Range(0, 1_500).Select(n => KeyValuePair.Create($"latency/{Fingerprint(n)}", Notice(n)))) };
        var json = PanelJson.Write(over, UnknownMembers.None).Replace("\"letGo\":{},", "", StringComparison.Ordinal);
        Assert.InRange(json.Length, 15 << 20, 60 << 20);

        // Strings take two bytes a character: five times the text, all of it together.
        var (decision, written) = Measured("over", json, [], most: 5 * json.Length * 2L);

        Assert.Equal(PanelBounds.Alerts, decision.Panel.Alerts.Count);
        Assert.Contains(decision.Audit, record => record.Reason == Reason.PanelTrimmed && record.Facts["count"] == "27500");
        Assert.True(written.Length < json.Length / 4, $"{written.Length}");
        Assert.InRange(decision.Pages.Length, 1, 1_600); // each old notice ends, and what stands is told as one
    }

    private (Decision Decision, string Written) Measured(string what, string json, ImmutableArray<Signal> signals, long most = MostBytes)
    {
        Step(json, signals); // once for what is made at the first time only
        var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), TimeProvider.System.GetTimestamp());
        var made = Step(json, signals);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{what}: a panel of {json.Length / 1024:N0} KB, {signals.Length} signals: {bytes / 1024:N0} KB allocated, {made.Written.Length / 1024:N0} KB written, {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms");
        Assert.InRange(bytes, 1, most);
        return made;
    }

    private static (Decision Decision, string Written) Step(string json, ImmutableArray<Signal> signals)
    {
        var (panel, unknown) = PanelJson.Read(json, "prod", (found, _, _) => new InvalidOperationException(found));
        Assert.True(unknown.IsEmpty);
        var decision = Decide.Run(new DecisionInput { Panel = panel, Observation = null, NotSeenBecause = "timeout", Signals = signals, Policy = Policy, Now = Noon });
        return (decision, PanelJson.Write(decision.Panel, unknown));
    }

    private static Panel Full(int alerts) => Panel.Empty("prod") with
    {
        Alerts = Enumerable.Range(0, alerts).Select(n => Alert(n % 2 == 0 ? Cause.ScalingLatencyHigh : Cause.ScalerErrors, n))
            .ToImmutableSortedDictionary(alert => alert.Fingerprint, alert => new AlertMemory { Alert = alert, LastSeen = Noon, Target = new TargetId("ns", alert.ScaledObject!) }),
        Notices = Enumerable.Range(0, PanelBounds.Notices).ToImmutableSortedDictionary(n => $"maintenance/{n}", Notice),
        Orders = Enumerable.Range(0, 200).Select(n => new OrderAnswer
        {
            RequestId = $"r{n}", At = Noon, Accepted = true, Reason = Reason.TripOrdered, Detail = new string('d', 500),
            Targets = [.. Enumerable.Range(0, PanelBounds.AnsweredTargets / 200).Select(t => new OrderedTarget("namespace", $"target-{t}", BreakerState.Open, new string('w', 100)))],
        }).ToImmutableSortedDictionary(answer => answer.RequestId, answer => answer),
        Suppressed = Enumerable.Range(0, PanelBounds.Suppressed).ToImmutableSortedDictionary(n => $"alert/{n}", n => new SuppressedEvidence
        {
            Window = "w", Cause = Cause.ScalerErrors, Reach = new Selection(Scope.Target, "ns", $"t{n}"), What = new string('w', 500), FirstSeen = Noon, LastSeen = Noon,
        }),
        PastTrips = Enumerable.Range(0, 500).ToImmutableSortedDictionary(n => $"scaler-errors/ns/t{n}", n => new PastTrips
        {
            Trips = [.. Enumerable.Range(0, 16).Select(t => new PastTrip(Noon, $"inc-{t}", new string('s', 200)))],
        }),
    };

    private static string Fingerprint(int number) => $"{number:x16}";

    /// <summary>With texts as long as the door lets in.</summary>
    private static AlertSignal Alert(Cause cause, int number) => new()
    {
        Key = $"{Fingerprint(number)}/2026-08-01T11:00:00Z/firing", ReceivedAt = Noon, Fingerprint = Fingerprint(number), AlertName = "KEDASomething", Cause = cause, Firing = true,
        StartsAt = Noon.AddHours(-1), Namespace = "ns", ScaledObject = $"target-{number}", Severity = "warning", Summary = new string('s', 500),
    };

    private static Notice Notice(int number) => new() { DedupKey = $"sophia-keda-reactor/prod/latency/{number}/20260801T110000", Since = Noon, Title = new string('t', 100), Severity = Severity.Warning };
}
