using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Keda.Versions;

/// <summary>What one release does.</summary>
/// <param name="Holds">Null: unknown; the sandbox then plays what was measured.</param>
/// <param name="Source">Where that is known from: an issue of KEDA (#…), its source at that release's tag, or "measured" (on a development version after 2.20).</param>
public sealed record KedaCell(bool? Holds, string Source);

/// <summary>One row: a behaviour, and a cell for each of <see cref="KedaTable.Versions"/>.</summary>
public sealed record KedaRow(KedaTrait Trait, string Means, ImmutableArray<KedaCell> Cells);

/// <summary>Which release of KEDA behaves how. The sandbox plays what stands here, and its README shows it; tests hold both to it.</summary>
public static class KedaTable
{
    private const string Source = "source";
    private const string Measured = "measured";

    public static readonly ImmutableArray<string> Versions = ["2.13", "2.14", "2.17", "2.20"];

    public static readonly ImmutableArray<KedaRow> Rows =
    [
        Row(KedaTrait.FalseDoesNotPause, "`paused: \"false\"` does not pause", Yes("#5215"), Yes(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.EmptyValueIsNotNoticed, "from `paused: \"\"` to no key is not noticed", Yes(Source), Yes(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.OneDirectionPauses, "`paused-scale-in` and `-out` are known (2.18)", No(Source), No(Source), No(Source), Yes("#6902, #7022")),
        Row(KedaTrait.PausedConditionIsBelieved, "paused and Paused=True already: an HPA that stands is left standing (until 2.19)", Yes(Source), Yes(Source), Yes(Source), No("#7663")),
        Row(KedaTrait.ConditionComesBeforeTheHpaGoes, "Paused=True is written before the HPA is deleted, not after", No(Source), No(Source), No(Source), Yes(Measured)),
        Row(KedaTrait.PausedConditionFlaps, "after an un-pause Paused says True again for a while", Unknown("#6421, #6982 are near"), Unknown("#6421, #6982 are near"), Unknown("#6421, #6982 are near"), Yes(Measured)),
        Row(KedaTrait.PausedIsFalseAtBirth, "a new ScaledObject has Paused=False, not Unknown (2.18)", No(Source), No(Source), No(Source), Yes("#7011")),
        Row(KedaTrait.PauseEvents, "events ScaledObjectPaused, ScaledObjectUnpaused (2.19)", No(Source), No(Source), No(Source), Yes(Measured)),
        Row(KedaTrait.OwnershipAnnotationLifts, "`validations.keda.sh/hpa-ownership: \"false\"` lifts the webhook's refusal", No(Source), Yes("#5516"), Yes(Source), Yes(Measured)),
        Row(KedaTrait.OwnerReferenceLifts, "an owner reference to the ScaledObject lifts it", Yes(Source), Yes(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.AnnotationsAreCopied, "the ScaledObject's annotations are copied onto its HPA", Yes(Source), Yes(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.HpaCountsForReady, "Ready=False, HPAMetricsUnavailable, when the HPA fails", No(Source), No(Source), No(Source), Yes("#7649")),
        Row(KedaTrait.TypesInStatus, "status has triggersTypes and authenticationsTypes", No(Source), No(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.ActivityInStatus, "status has triggersActivity (2.19)", No(Source), No(Source), No(Source), Yes(Measured)),
        Row(KedaTrait.ScalerMetricsVanish, "the metrics of a scaler vanish while paused", No(Source), No(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.PausedMetric, "`keda_scaled_object_paused`", Yes("#4430"), Yes(Source), Yes(Source), Yes(Measured)),
        Row(KedaTrait.OldMetricNames, "`keda_scaler_errors_total`, `keda_scaled_object_errors`, `keda_scaler_metrics_latency`", Yes(Source), Yes("#4854"), No(Source), No(Measured)),
        Row(KedaTrait.NewMetricNames, "`keda_scaler_detail_errors_total`, `keda_scaled_object_errors_total`, `keda_scaler_metrics_latency_seconds`", No(Source), Yes("#4854"), Yes(Source), Yes(Measured)),
        Row(KedaTrait.HttpRequestMetric, "`keda_scaler_http_requests_total`", No(Source), No(Source), No(Source), Yes(Measured)),
        Row(KedaTrait.FallbackHasBehaviors, "`spec.fallback.behavior` (2.17)", No(Source), No(Source), Yes("#6464"), Yes(Source)),
        Row(KedaTrait.ActivationIsForced, "`force-activation` is known (2.18)", No(Source), No(Source), No(Source), Yes("#6907")),
        Row(KedaTrait.DefinitionHasBounds, "the ScaledObject's definition has bounds: minimums, a trigger at least, min not above max (422)", No(Source), No(Source), No(Source), Yes("#7533, #7562")),
        Row(KedaTrait.EmptyTriggersAreRefused, "`triggers: []` is refused, by the webhook or the definition", No(Source), Yes(Source), Yes(Source), Yes("#7533")),
        Row(KedaTrait.FallbackIsVerified, "the webhook refuses a fallback where all triggers are cpu or memory", No(Source), Yes(Source), Yes(Source), Yes(Source)),
        Row(KedaTrait.LongNamesAreRefused, "the webhook refuses names of ScaledObject or HPA above 63 characters", No(Source), No(Source), No(Source), Yes(Source)),
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

    private static KedaRow Row(KedaTrait trait, string means, params ReadOnlySpan<KedaCell> cells) => new(trait, means, [.. cells]);

    private static KedaCell Yes(string source) => new(true, source);

    private static KedaCell No(string source) => new(false, source);

    private static KedaCell Unknown(string source) => new(null, source);
}
