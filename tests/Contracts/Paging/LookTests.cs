using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Paging.Channels.Webhook;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>
/// The pages of one incident in every channel's form, to be looked at in a browser: REACTOR_SHOW_PAGES=/tmp/pages dotnet test tests/Contracts --filter LookTests.
/// </summary>
public sealed class LookTests
{
    private const string Style = "<meta charset=\"utf-8\"><style>body{font:15px/1.46 Lato,Helvetica,Arial,sans-serif;margin:16px;background:#fff;color:#1d1c1d}"
        + "article.slack{max-width:600px;border-left:4px solid #ddd;padding:0 12px;margin:0 0 28px}h2{font-size:18px;margin:0 0 8px}p{margin:0 0 10px}"
        + ".context{color:#616061;font-size:13px}code{background:#f4f4f4;border:1px solid #ddd;color:#c01343;padding:1px 3px;font-size:12px}a{color:#1264a3;text-decoration:none}</style>";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_pages_of_an_incident_can_be_looked_at_in_every_form()
    {
        using var passing = new TemporaryFolder();
        var folder = Environment.GetEnvironmentVariable("REACTOR_SHOW_PAGES") is { Length: > 0 } wanted ? Directory.CreateDirectory(wanted).FullName : passing.Path;

        var slack = string.Concat(Sample.Select(page => SlackLook.Html(JsonNode.Parse(SlackMessage.Of(page, Pages.Linked))!)));
        File.WriteAllText(Path.Combine(folder, "slack.html"), Style + slack);
        File.WriteAllText(Path.Combine(folder, "pagerduty.json"), string.Join("\n\n", Sample.Select(page => Shown(PagerDutyEvent.Of(page, new string('r', 32), Pages.Linked)))));
        File.WriteAllText(Path.Combine(folder, "webhook.json"), string.Join("\n\n", Sample.Select(page => WebhookPage.Of(page, Pages.Linked).ToJsonString(Indented))));
        foreach (var page in Sample)
        {
            var mail = EmailMessage.Of(page, new EmailSettings { Host = "smtp.example.org", Port = 587, From = "KEDA <keda@example.org>", To = ["ana@example.org"] }, Pages.Linked);
            File.WriteAllText(Path.Combine(folder, $"email-{page.Kind.ToString().ToLowerInvariant()}.html"), mail.HtmlBody);
            mail.WriteTo(Path.Combine(folder, $"email-{page.Kind.ToString().ToLowerInvariant()}.eml"));
            Assert.Contains(page.Title.Replace("'", "&#39;", StringComparison.Ordinal), mail.HtmlBody);
        }

        Assert.Equal(Sample.Length, slack.Split("<article").Length - 1);
        Assert.DoesNotContain("<https", slack);
        Assert.Equal(3 + 2 * Sample.Length, Directory.GetFiles(folder).Length);
    }

    private static string Shown(byte[] json) => JsonNode.Parse(json)!.ToJsonString(Indented);

    /// <summary>As the core words them.</summary>
    private static Page[] Sample { get; } =
    [
        Pages.Full with
        {
            Title = "KEDA's operator is down: 12 workloads to fallback",
            Happened = "The lease operator.keda.sh was not renewed for 2 min 4 s, and keda-operator has 0 of 1 replicas available. The alert says: \"KEDA operator down, see https://grafana.example.org/d/keda?var=prod and http://elsewhere.example/x\". 1 target left alone: sophia-mesh/sophia-night-report: paused by somebody else.",
            Did = "Moving 12 workloads now: pause the ScaledObject, delete KEDA's HPA, apply the fallback. An update says when it is in place.",
            Next = "3 good probes, then one canary watched for 5 min, then waves of 25/50/75/100 %.",
            YouMay = "Stop recovery: POST /api/incidents/20260801-120000-operator-unhealthy/hold. Give back sooner: POST /api/breakers/reset. See why: GET /api/incidents/20260801-120000-operator-unhealthy",
            IncidentId = "20260801-120000-operator-unhealthy",
            Targets = [.. Enumerable.Range(1, 12).Select(n => $"sophia-mesh/sophia-worker-{n}: moving to fallback, CPU HPA sophia-worker-{n}-fallback, at least {n + 2} replicas, at most 30, 60 % CPU")],
        },
        Pages.Full with
        {
            Id = "page-2",
            Kind = PageKind.Update,
            Title = "KEDA's operator is down: 12 workloads on fallback",
            Happened = "The lease operator.keda.sh was not renewed for 2 min 4 s.",
            Did = "All 12 are on their fallback, 2.1 s after the decision. No workload has two autoscalers.",
            IncidentId = "20260801-120000-operator-unhealthy",
            Targets = ["sophia-mesh/sophia-ai-services: on fallback, CPU HPA sophia-ai-services-fallback", "sophia-mesh/שלום-🚨: on fallback"],
        },
        Pages.Full with { Id = "page-3", Kind = PageKind.Acknowledge, Title = "Taken over by ana", Happened = "ana (claimed; authenticated as key:operator#1) acknowledged it.", Did = "12 on fallback, 0 given back to KEDA so far.", Targets = [] },
        Pages.Full with
        {
            Id = "page-4",
            Kind = PageKind.Resolve,
            Severity = Severity.Info,
            Title = "Over: KEDA's operator is down",
            Happened = "It began 12:00 UTC and lasted 18 min 20 s: the lease operator.keda.sh was not renewed for 2 min 4 s.",
            Did = "Back with KEDA, without a fallback HPA or a mark of ours: 12 workloads.",
            Next = "Nothing: KEDA scales as before.",
            NextAt = null,
            YouMay = "Read the whole story: GET /api/audit?incident=20260801-120000-operator-unhealthy",
            Targets = [.. Enumerable.Range(1, 3).Select(n => $"sophia-mesh/sophia-worker-{n}: back with KEDA")],
        },
    ];
}
