using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Keda.Versions;

/// <summary>Which release of KEDA behaves how. The sandbox plays what stands here, and its README shows it; tests hold both to it.</summary>
public static class KedaTable
{
    /// <summary>The newest release that was looked at. 2.21 is not released: its column is KEDA's main branch of <see cref="MainOf"/>.</summary>
    public const string NewestRelease = "2.20.2";

    public const string MainOf = "2026-08-20";

    private const string Source = "source";
    private const string Measured = "measured";
    private const string Oldest = "2.13";

    /// <summary>Every minor release, and those patch releases with which a row changes.</summary>
    public static readonly ImmutableArray<string> Versions =
        [Oldest, "2.14", "2.15", "2.16", "2.17", "2.18", "2.18.2", "2.19", "2.20", "2.20.2", "2.21"];

    public static readonly ImmutableArray<KedaRow> Rows =
    [
        Row(KedaTrait.FalseDoesNotPause, "`paused: \"false\"` does not pause", Yes(Oldest, "#5215"), Yes("2.20", Measured)),
        Row(KedaTrait.EmptyValueIsNotNoticed, "from `paused: \"\"` to no key is not noticed", Yes(Oldest, Source), Yes("2.20", Measured)),
        Row(KedaTrait.OneDirectionPauses, "`paused-scale-in` and `-out` are known", No(Oldest, Source), Yes("2.18", "#6902, #7022")),
        Row(KedaTrait.PausedConditionIsBelieved, "paused and Paused=True already: an HPA that stands is left standing",
            Yes(Oldest, Source), No("2.20", "#7663")),
        Row(KedaTrait.ConditionComesBeforeTheHpaGoes, "Paused=True is written before the HPA is deleted, not after",
            No(Oldest, Source), Yes("2.18.2", "#7231"), Yes("2.20", Measured)),
        Row(KedaTrait.PausedConditionFlaps, "after an un-pause Paused says True again for a while",
            Unknown(Oldest, "#6421, #6982 are near"), Yes("2.20", Measured)),
        Row(KedaTrait.PausedIsFalseAtBirth, "a new ScaledObject has Paused=False, not Unknown", No(Oldest, Source), Yes("2.18", "#7011")),
        Row(KedaTrait.PauseEvents, "events ScaledObjectPaused, ScaledObjectUnpaused",
            No(Oldest, Source), Yes("2.19", "#7382"), Yes("2.20", Measured)),
        Row(KedaTrait.OwnershipAnnotationLifts, "`validations.keda.sh/hpa-ownership: \"false\"` lifts the webhook's refusal",
            No(Oldest, Source), Yes("2.14", "#5516"), Yes("2.20", Measured)),
        Row(KedaTrait.OwnerReferenceLifts, "an owner reference to the ScaledObject lifts it", Yes(Oldest, Source), Yes("2.20", Measured)),
        Row(KedaTrait.AnnotationsAreCopied, "the ScaledObject's annotations are copied onto its HPA", Yes(Oldest, Source), Yes("2.20", Measured)),
        Row(KedaTrait.HpaCountsForReady, "Ready=False, HPAMetricsUnavailable, when the HPA fails",
            No(Oldest, Source), Yes("2.20", "#7649"), No("2.20.2", "#7914")),
        Row(KedaTrait.HpaHasItsCondition, "condition HPAActive, the HPA's own ScalingActive; absent until an HPA said something",
            No(Oldest, Source), Yes("2.20.2", "#7914")),
        Row(KedaTrait.TypesInStatus, "status has triggersTypes and authenticationsTypes", No(Oldest, Source), Yes("2.16", Source), Yes("2.20", Measured)),
        Row(KedaTrait.ActivityInStatus, "status has triggersActivity", No(Oldest, Source), Yes("2.19", "#7347"), Yes("2.20", Measured)),
        Row(KedaTrait.ScalerMetricsVanish, "the metrics of a scaler vanish while paused", No(Oldest, Source), Yes("2.17", Source), Yes("2.20", Measured)),
        Row(KedaTrait.PausedMetric, "`keda_scaled_object_paused`", Yes(Oldest, "#4430"), Yes("2.20", Measured)),
        Row(KedaTrait.OldMetricNames, "`keda_scaler_errors_total`, `keda_scaled_object_errors`, `keda_scaler_metrics_latency`",
            Yes(Oldest, Source), Yes("2.14", "#4854"), No("2.17", "#6339"), No("2.20", Measured)),
        Row(KedaTrait.NewMetricNames, "`keda_scaler_detail_errors_total`, `keda_scaled_object_errors_total`, `keda_scaler_metrics_latency_seconds`",
            No(Oldest, Source), Yes("2.14", "#4854"), Yes("2.20", Measured)),
        Row(KedaTrait.HttpRequestMetric, "`keda_scaler_http_requests_total`", No(Oldest, Source), Yes("2.20", "#6600")),
        Row(KedaTrait.EmptyResponseMetric, "`keda_scaler_empty_upstream_responses_total`: a source that answers 200 with nothing",
            No(Oldest, Source), Yes("2.20", "#7062")),
        Row(KedaTrait.FallbackHasBehaviors, "`spec.fallback.behavior`: static, currentReplicas, -IfHigher, -IfLower", No(Oldest, Source), Yes("2.17", "#6450")),
        Row(KedaTrait.FallbackByScalingModifiers, "`spec.fallback.behavior: scalingModifiers`", No(Oldest, Source), Yes("2.20", "#7366")),
        Row(KedaTrait.ActivationIsForced, "`force-activation: \"true\"` starts a workload at 0 without an active trigger",
            No(Oldest, Source), Yes("2.18", "#6903")),
        Row(KedaTrait.DefinitionHasBounds, "the ScaledObject's definition has bounds: minimums, a trigger at least, min not above max (422)",
            No(Oldest, Source), Yes("2.20", "#7533, #7562")),
        Row(KedaTrait.EmptyTriggersAreRefused, "`triggers: []` is refused, by the webhook or the definition",
            No(Oldest, Source), Yes("2.14", Source), Yes("2.20", "#7533")),
        Row(KedaTrait.FallbackIsVerified, "the webhook refuses a fallback where all triggers are cpu or memory", No(Oldest, Source), Yes("2.14", "#5515")),
        Row(KedaTrait.LongNamesAreRefused, "the webhook refuses names of ScaledObject or HPA above 63 characters",
            No(Oldest, Source), Yes("2.20", "#6998")),
        Row(KedaTrait.NamespacesAreShared, "`WATCH_NAMESPACE` may name several namespaces", No(Oldest, Source), Yes("2.14", "#5670")),
        Row(KedaTrait.LeaseNameIsAnOption, "`--leader-election-id` names the lease", No(Oldest, Source), Yes("2.20", "#7564")),
        Row(KedaTrait.LabelsAreShared, "`WATCH_LABEL_SELECTOR`: several operators, each for its ScaledObjects", No(Oldest, Source), Yes("2.21", "#7816")),
    ];

    /// <summary>The table as Markdown.</summary>
    public static IEnumerable<string> Markdown()
    {
        yield return $"| behaviour | {string.Join(" | ", Versions)} |";
        yield return $"| --- |{string.Concat(Versions.Select(_ => " --- |"))}";
        foreach (var row in Rows)
            yield return $"| {row.Means} | {string.Join(" | ", row.Cells.Select(Text))} |";
    }

    private static string Text(KedaCell cell) => $"{cell.Holds switch { true => "yes", false => "no", null => "unknown" }} ({cell.Source})";

    /// <summary>A row by the releases with which it changes, or with which somebody measured it; the others were read at their tags.</summary>
    private static KedaRow Row(KedaTrait trait, string means, params ReadOnlySpan<Turn> turns)
    {
        var cells = ImmutableArray.CreateBuilder<KedaCell>(Versions.Length);
        var now = turns[0].Cell;
        foreach (var version in Versions)
        {
            var turned = false;
            foreach (var turn in turns)
            {
                if (turn.Version != version)
                    continue;
                (now, turned) = (turn.Cell, true);
            }

            cells.Add(turned || now.Holds is null ? now : now with { Source = Source });
        }

        return new KedaRow(trait, means, cells.MoveToImmutable());
    }

    private static Turn Yes(string version, string source) => new(version, new KedaCell(true, source));

    private static Turn No(string version, string source) => new(version, new KedaCell(false, source));

    private static Turn Unknown(string version, string source) => new(version, new KedaCell(null, source));

    private readonly record struct Turn(string Version, KedaCell Cell);
}
