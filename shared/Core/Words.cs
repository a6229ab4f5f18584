namespace Sophia.Keda.Reactor.Core;

/// <summary>Times, spans and counts as people read them in a page.</summary>
public static class Words
{
    /// <summary>"02:14:05Z": pages and audit speak UTC. With its date when it is more than a day away from now: "2026-03-02 02:14:05Z".</summary>
    public static string Clock(DateTimeOffset at, DateTimeOffset now) =>
        (now - at).Duration() > TimeSpan.FromDays(1) ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : $"{at.UtcDateTime:HH:mm:ss}Z";

    /// <summary>"90 s", "2 min", "2 min 30 s", "1 h 30 min".</summary>
    public static string Span(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(10))
            return $"{span.TotalSeconds:0.#} s";
        if (span < TimeSpan.FromMinutes(2))
            return $"{span.TotalSeconds:0} s";
        if (span < TimeSpan.FromMinutes(10) && span.Seconds != 0)
            return $"{span.Minutes} min {span.Seconds} s";
        if (span < TimeSpan.FromHours(1))
            return $"{span.TotalMinutes:0} min";
        return span.Minutes == 0 ? $"{(int)span.TotalHours} h" : $"{(int)span.TotalHours} h {span.Minutes} min";
    }

    /// <summary>"HPA app: 2 to 20 replicas (uid 1f…)", with CPU when it scales by it.</summary>
    public static string Of(HpaView hpa) =>
        $"HPA {hpa.Name}: {hpa.Min} to {hpa.Max} replicas{(hpa.CpuUtilization is { } cpu ? $" at {cpu} % CPU{OfContainer(hpa.Container)}" : "")} (uid {hpa.Uid})";

    /// <summary>" of container app"; empty for the pod's CPU.</summary>
    public static string OfContainer(string? container) => container is null ? "" : $" of container {container}";

    /// <summary>"1 workload", "3 workloads".</summary>
    public static string Count(int n, string noun) => n == 1 ? $"1 {noun}" : $"{n} {noun}s";

    /// <summary>"1 target goes back", "3 targets go back".</summary>
    public static string GoBack(int n) => n == 1 ? "1 target goes back" : $"{n} targets go back";

    public static string Percent(IEnumerable<int> shares) => string.Join('/', shares) + " %";

    /// <summary>"FailedGetExternalMetric: no redis"; without the colon when nothing more was said.</summary>
    public static string With(string head, string more) => more.Length > 0 ? $"{head}: {more}" : head;

    /// <summary>At most so many characters, never half of one.</summary>
    public static string Cut(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        var end = longest - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }
}
