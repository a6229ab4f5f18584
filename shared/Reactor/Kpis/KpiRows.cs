using System.Globalization;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>A KPI without its numbers.</summary>
/// <param name="Id">Stable, for machines.</param>
/// <param name="Section">Of the specification.</param>
/// <param name="Name">As the specification has it.</param>
/// <param name="Target">In words.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Met">By the value; null: no target.</param>
/// <param name="LessIsBetter">Which way is progress.</param>
internal sealed record KpiRow(string Id, string Section, string Name, string Target, string Unit, Func<double, bool>? Met, bool LessIsBetter = true)
{
    public const string Technical = "10.1";
    public const string Business = "10.2";
    public const string Ours = "reactor";

    public static KpiRow ScalingLatency { get; } = new("scaling-latency", Technical, "Scaling latency", "P95 < 10 s", "s", v => v < 10);

    public static KpiRow Utilization { get; } = new("resource-efficiency", Technical, "Resource efficiency", "65 % average utilization", "%", v => v >= 65, LessIsBetter: false);

    public static KpiRow QueueDepth { get; } = new("queue-processing", Technical, "Queue processing", "< 5 items average depth", "items", v => v < 5);

    public static KpiRow ScalingFailures { get; } = new("scaling-failures", Technical, "Scaling failures", "< 0.1 %", "%", v => v < 0.1);

    public static KpiRow FallbackActivations { get; } = new("fallback-activations", Technical, "Fallback activations", "< 1 per week", "per week", v => v < 1);

    public static KpiRow Availability { get; } = new("service-availability", Technical, "Service availability", "99.95 % uptime", "%", v => v >= 99.95, LessIsBetter: false);

    public static KpiRow Spend { get; } = new("infrastructure-spend", Business, "Infrastructure spend", "15 % reduction", "%", null);

    public static KpiRow OverProvisioning { get; } = new("over-provisioning", Business, "Over-provisioning", "< 20 % idle resources", "%", v => v < 20);

    public static KpiRow Interventions { get; } = new("manual-interventions", Business, "Manual interventions", "< 2 per week", "per week", v => v < 2);

    public static KpiRow Recovery { get; } = new("incident-response", Business, "Incident response", "15 min MTTR", "min", v => v <= 15);

    public static KpiRow Deployments { get; } = new("deployment-frequency", Business, "Deployment frequency", "5 per week", "per week", null, LessIsBetter: false);

    public static KpiRow Features { get; } = new("feature-velocity", Business, "Feature velocity", "+25 %", "%", null, LessIsBetter: false);

    public static KpiRow Detection { get; } = new("time-to-detect", Ours, "Time to detect", "", "s", null);

    public static KpiRow Fallback { get; } = new("time-to-fallback", Ours, "Time to fallback", "", "s", null);

    public static KpiRow FailedRecoveries { get; } = new("failed-recoveries", Ours, "Failed recoveries", "", "per week", null);

    public static KpiRow Contradicted { get; } = new("contradicted-alerts", Ours, "Alerts contradicted by the probe", "", "per week", null);

    public Kpi Of(KpiSource source, double? value, double? before, string detail)
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
            Source = source,
            Detail = detail,
            Before = then,
            Trend = (now, then) switch
            {
                ({ } a, { } b) when a == b => KpiTrend.Same,
                ({ } a, { } b) => a < b == LessIsBetter ? KpiTrend.Better : KpiTrend.Worse,
                _ => KpiTrend.Unknown,
            },
        };
    }

    public Kpi LookElsewhere(string where) => Of(KpiSource.Elsewhere, null, null, where);

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 3) : null;
}

/// <summary>Numbers and spans in a KPI's words.</summary>
internal static class KpiWords
{
    public static string Of(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>"n=3, median 12 s, greatest 40 s".</summary>
    public static string Of(Sample sample) => sample.N == 0
        ? "n=0: none in this period"
        : $"n={sample.N}, median {Words.Span(sample.Percentile(50)!.Value)}, greatest {Words.Span(sample.Greatest!.Value)}";
}
