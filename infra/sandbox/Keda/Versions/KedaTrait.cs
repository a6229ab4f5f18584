namespace Sophia.Keda.Reactor.Sandbox.Keda.Versions;

/// <summary>In what releases of KEDA differ, or could be thought to differ, as far as it matters to the reactor.</summary>
public enum KedaTrait
{
    FalseDoesNotPause,
    EmptyValueIsNotNoticed,
    OneDirectionPauses,
    PausedConditionIsBelieved,
    ConditionComesBeforeTheHpaGoes,
    PausedConditionFlaps,
    PausedIsFalseAtBirth,
    PauseEvents,
    OwnershipAnnotationLifts,
    OwnerReferenceLifts,
    AnnotationsAreCopied,
    HpaCountsForReady,
    TypesInStatus,
    ActivityInStatus,
    ScalerMetricsVanish,
    PausedMetric,
    OldMetricNames,
    NewMetricNames,
    HttpRequestMetric,
    FallbackHasBehaviors,
    ActivationIsForced,
    DefinitionHasBounds,
    EmptyTriggersAreRefused,
    FallbackIsVerified,
    LongNamesAreRefused,
}
