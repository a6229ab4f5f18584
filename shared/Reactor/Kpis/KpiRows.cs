using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>A KPI without its numbers. Of each of them less is better.</summary>
/// <param name="Id">Stable, for machines.</param>
/// <param name="Section">Of the specification.</param>
/// <param name="Name">As the specification has it.</param>
/// <param name="Target">In words.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Met">By the value; null: no target.</param>
internal sealed record KpiRow(string Id, string Section, string Name, string Target, string Unit, Func<double, bool>? Met)
{
    public const string Technical = "10.1";
    public const string Business = "10.2";
    public const string Ours = "reactor";

    public static KpiRow FallbackActivations { get; } = new("fallback-activations", Technical, "Fallback activations", "< 1 per week", "per week", v => v < 1);

    public static KpiRow Interventions { get; } = new("manual-interventions", Business, "Manual interventions", "< 2 per week", "per week", v => v < 2);

    public static KpiRow Recovery { get; } = new("incident-response", Business, "Incident response", "15 min MTTR", "min", v => v <= 15);

    public static KpiRow Detection { get; } = new("time-to-detect", Ours, "Time to detect", "", "s", null);

    public static KpiRow Fallback { get; } = new("time-to-fallback", Ours, "Time to fallback", "", "s", null);

    public static KpiRow FailedRecoveries { get; } = new("failed-recoveries", Ours, "Failed recoveries", "", "per week", null);

    public static KpiRow Contradicted { get; } = new("contradicted-alerts", Ours, "Alerts contradicted by the probe", "", "per week", null);

    public Kpi Of(double? value, double? before, string detail)
    {
        var (now, then) = (Rounded(value), Rounded(before));
        return new Kpi
        {
            Id = Id,
            Section = Section,
            Name = Name,
            Target = Target,
            Value = now,
            Unit = Unit,
            Met = value is { } number ? Met?.Invoke(number) : null,
            Detail = detail,
            Before = then,
            Trend = (now, then) switch
            {
                ({ } a, { } b) when a == b => KpiTrend.Same,
                ({ } a, { } b) => a < b ? KpiTrend.Better : KpiTrend.Worse,
                _ => KpiTrend.Unknown,
            },
        };
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 3) : null;
}

/// <summary>Spans in a KPI's words.</summary>
internal static class KpiWords
{
    /// <summary>"n=3, median 12 s, greatest 40 s".</summary>
    public static string Of(Sample sample) => sample.N == 0
        ? "n=0: none in this period"
        : $"n={sample.N}, median {Words.Span(sample.Percentile(50)!.Value)}, greatest {Words.Span(sample.Greatest!.Value)}";
}
