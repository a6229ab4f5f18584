namespace Sophia.Keda.Reactor.Core;

/// <summary>Why a decision fell as it did: the audit field, the metric label and the root of the page's words. "Did nothing" has reasons too.</summary>
public enum Reason
{
    // Signals
    AlertAccepted,
    AlertDuplicate,
    AlertStale,
    AlertUnknownName,
    AlertOtherCluster,
    AlertTargetUnknown,
    AlertWithoutTarget,
    AlertInvalid,
    AlertInFuture,
    AlertContradicted,
    AlertPageOnly,
    AlertNoted,
    AlertResolved,
    BreakerDisabled,

    // Evidence
    EvidenceSeenByProbe,
    EvidenceCleared,
    EvidenceExpired,
    EvidenceReturned,

    // Trips
    IncidentOpened,
    TargetTripped,
    TargetLeftAloneOptedOut,
    TargetLeftAlonePausedByOthers,
    TargetLeftAloneForeignHpa,
    TargetLeftAloneDeleting,
    TargetLeftAloneNoWorkload,
    TargetLeftAloneResourceTriggersOnly,
    TargetLeftAloneBlastRadius,
    TargetGone,
    FrozenByAnnotation,
    FrozenByPolicy,
    FrozenWithoutCpuRequest,
    FrozenByOrder,
    FallbackInPlace,
    FallbackNotScaling,
    FallbackWatchesContainer,
    FallbackRefused,
    PauseRefused,
    ReplicaCapReached,

    // Keeping it in place
    PausePutBack,
    KedaHpaDeletedAgain,
    PutBacksExhausted,
    PausedByOthersMeanwhile,
    ForeignHpaMeanwhile,

    // Recovery
    CooldownStarted,
    VerifyStarted,
    VerifyFailed,
    CanaryStarted,
    WaveStarted,
    TargetHandedBack,
    GatePassed,
    GateKedaHpaMissing,
    GateNotReady,
    GateNotActive,
    GateAmbiguous,
    GateOscillating,
    GateNewEvidence,
    GateTooEarly,
    GateNoSync,
    GateBlind,
    PutBackOnFallback,
    HandbackUnnoticed,
    HeldAfterAttempts,
    HeldInconclusive,
    HeldByHuman,
    ReleasedByHuman,
    AcknowledgedByHuman,
    IncidentClosed,

    // Orders
    TripOrdered,
    ResetOrdered,
    OrderRepeated,
    OrderRefusedUnknownTarget,
    OrderRefusedUnknownIncident,
    OrderRefusedNothingTripped,
    OrderRefusedStillUnhealthy,
    OrderRefusedDisabled,
    OrderRefusedContradiction,
    ManualTripExpired,

    // Sight
    Blind,
    SightRegained,

    // Writes
    WriteDone,
    WriteFoundDone,
    WriteConflict,
    WriteRefused,
    WriteFailed,
    WriteLostReply,

    // Pages
    PageQueued,
    PageDelivered,
    PageRetried,
    PageUndeliverable,

    // The store. New in layout 2, so in the audit trail only: a panel that holds one is refused by version 1.
    TrailBegun,
    StoreLost,
    StoreRolledBack,
    StoreDown,
    StoreBack,
    MarksAdopted,
    MarksNotAdopted,
    IncidentRebuilt,
    RecordOfOtherVersion,

    // More ways in. In the audit trail and in verdicts only, for the same reason.
    AlertOtherService,
    EventUnknownType,
    EventNoted,
    EventWaits,
    EventStood,
    EventConfirmed,

    // Edges of the hand-over. In the audit trail only.
    ControlPlaneQuiet,
    FrozenBesideVpa,
    FrozenNameTaken,
    TargetMoved,
    FallbackShort,
    FallbackLeftAtZero,
    CronNotEvaluated,
    CanaryMoves,
    GateScaling,
    GateNotAvailable,

    // Recovery that waits for a human, a window or the end of maintenance, and stopped writes. Never in the panel, for the same reason.
    HeldByPolicy,
    HeldAfterRepeats,
    RepeatWaitsLonger,
    RecoveryWaitsForWindow,
    Maintenance,
    MaintenanceOrdered,
    MaintenanceEnded,
    WritesStopped,
    WritesAllowed,

    // Pages that are said again, or not. In the audit trail only.
    HumanStillNeeded,
    PageFolded,
    PageTested,
    PageResent,
    PagesSilent,
    PagesHeardAgain,

    // The trail itself, and what never came as far as a decision. In the audit trail only, for the same reason.
    AuditPruned,
    AuditNotSent,
    DoorRefused,
    OrderInvalid,

    // What says nothing of KEDA's health. In the audit trail only, for the same reason.
    LeaseNeverMoved,
    TargetCantWork,
    KedaNotRegistered,

    // An incident that was over too soon, and channels that nobody configured. In the audit trail only, for the same reason.
    IncidentReopened,
    ChannelUnconfigured,

    // One that does not come back holds up itself only. In the audit trail only, for the same reason.
    HandbackFailed,
    LeftOnFallback,

    // In the audit trail only, for the same reason.
    MarksReplayed,

    // Memory that is full. In the audit trail only, for the same reason.
    PanelTrimmed,

    // More replicas during an incident. In the audit trail only.
    ReplicasRaised,

    // Why a workload's replicas are set through /scale, and when all that its fallback asks for are there.
    RaisedFromZero,
    RaisedToFloor,
    RaisedToCron,
    RaisedWithoutHpa,
    FixedReplicas,
    ReplicasInPlace,
}
