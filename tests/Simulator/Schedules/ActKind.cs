namespace Sophia.Keda.Reactor.Simulator.Schedules;

/// <summary>What somebody does, or what breaks.</summary>
internal enum ActKind
{
    // KEDA and what it reads
    OperatorDies,
    OperatorHangs,
    MetricsServerDies,
    WebhookDies,
    SourceDies,
    QueueSwings,

    // the control plane and the store
    CallsFail,
    ListsAreOld,
    ControllerManagerDies,
    StoreGoesDown,
    StoreIsCorrupt,
    StoreIsLost,
    StoreGoesBack,
    PagersGoDown,

    // the reactors
    ReactorDies,
    ReactorStandsStill,

    // alerts
    AlertFires,
    AlertReturns,

    // people
    Trips,
    Resets,
    HoldsAndReleases,
    Acknowledges,
    StopsWrites,
    OrdersMaintenance,
    PausesByHand,
    TakesPauseAway,
    AppliesOldYaml,
    ScalesByHand,

    // other controllers
    GitOpsReverts,
    FlaggerPauses,
    DownscalerPauses,

    // one odd thing
    WorkloadGoes,
    ForeignHpaComes,
    OptsOut,
    ObjectCanNotBeRead,
    FallbackIsDeleted,
}
