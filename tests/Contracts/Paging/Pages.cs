using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

internal static class Pages
{
    public static DateTimeOffset Noon { get; } = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    public static Page Full { get; } = new()
    {
        Id = "page-1",
        Kind = PageKind.Trigger,
        DedupKey = "sophia-keda-reactor/prod/incident-7",
        IncidentId = "incident-7",
        Cluster = "prod",
        Severity = Severity.Critical,
        Cause = Cause.OperatorUnhealthy,
        At = Noon,
        Title = "KEDA's operator is down: 12 workloads moved to CPU scaling",
        Happened = "Its lease was not renewed for 2 min <keda & co>.",
        Did = "Paused 12 ScaledObjects.",
        Next = "Looks again.",
        NextAt = Noon.AddMinutes(2),
        YouMay = "Hold or reset.",
        Targets = [.. Enumerable.Range(1, 12).Select(n => $"sophia/worker-{n}: on its fallback")],
    };

    public static LinkSettings Linked { get; } = new()
    {
        BaseUrl = new Uri("https://reactor.example.org/"),
        Runbook = new Uri("https://wiki.example.org/keda?page=1&part=2"),
        AllowedHosts = ["grafana.example.org"],
    };

    /// <summary>Texts that break careless code: each is far over every limit.</summary>
    public static TheoryData<string> Hard =>
    [
        Repeat("plain words ", 10_000),
        Repeat("🚨👩‍👩‍👧‍👦", 10_000),
        Repeat("שלום עולם \u202Eevil\u2066 مرحبا ", 10_000),
        Repeat("<!channel> & <@U123> \"\\ ", 10_000),
        Repeat("\0\u0001\u001b[31m\uD83D half a pair ", 10_000),
        Repeat("zalgo\u0300\u0301\u0302\u0303", 10_000),
    ];

    public static Page Made(string text) => Full with
    {
        Title = text,
        Happened = text,
        Did = text,
        Next = text,
        YouMay = text,
        Cluster = text,
        IncidentId = text,
        DedupKey = text,
        Targets = [.. Enumerable.Repeat(text, 5_000)],
    };

    private static string Repeat(string text, int length)
    {
        var repeated = new StringBuilder();
        while (repeated.Length < length) repeated.Append(text);
        return repeated.ToString();
    }
}
