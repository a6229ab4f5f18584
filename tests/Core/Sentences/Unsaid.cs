using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Reasons that no sentence of the catalogue is told with, and why.</summary>
internal static class Unsaid
{
    private const string Intake = "said by the shell before a signal comes to a decision (shared/Reactor/Intake)";
    private const string Delivery = "said by the shell that delivers pages (shared/Reactor/Paging)";
    private const string Trail = "said by the shell that keeps the audit trail (shared/Reactor/Audit)";
    private const string Raise = "why a write to /scale is made: its words are the write's own, and it is the record's fact `because`";
    private const string Door = "said by the HTTP functions (functions/Http)";

    public static ImmutableSortedDictionary<Reason, string> Reasons { get; } = new Dictionary<Reason, string>
    {
        [Reason.AlertUnknownName] = Intake,
        [Reason.AlertOtherCluster] = Intake,
        [Reason.AlertWithoutTarget] = Intake,
        [Reason.AlertInvalid] = Intake,
        [Reason.AlertInFuture] = Intake,
        [Reason.AlertOtherService] = Intake,
        [Reason.EventUnknownType] = Intake,
        [Reason.GateTooEarly] = GateWords(),
        [Reason.GateBlind] = GateWords(),
        [Reason.GateScaling] = GateWords(),
        [Reason.CanaryMoves] = GateWords(),
        [Reason.GateAmbiguous] = $"told as `{Reason.GateNotActive}` is, with the other reason of the HPA",
        [Reason.RaisedFromZero] = Raise,
        [Reason.RaisedToFloor] = Raise,
        [Reason.RaisedToCron] = Raise,
        [Reason.RaisedWithoutHpa] = Raise,
        [Reason.FixedReplicas] = Raise,
        [Reason.PageQueued] = "its words are the page's own",
        [Reason.PageDelivered] = Delivery,
        [Reason.PageRetried] = Delivery,
        [Reason.PageUndeliverable] = Delivery,
        [Reason.PageFolded] = Delivery,
        [Reason.PageTested] = Delivery,
        [Reason.PageResent] = Delivery,
        [Reason.PagesSilent] = Delivery,
        [Reason.PagesHeardAgain] = Delivery,
        [Reason.RecordOfOtherVersion] = Trail,
        [Reason.AuditPruned] = Trail,
        [Reason.AuditNotSent] = Trail,
        [Reason.DoorRefused] = Door,
        [Reason.OrderInvalid] = Door,
    }.ToImmutableSortedDictionary();

    private static string GateWords() => $"a finding of the gate: its words are those of the hold, `{Reason.HeldInconclusive}`";
}
