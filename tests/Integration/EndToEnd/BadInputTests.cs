using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

/// <summary>One bad alert never costs the good one beside it, and no body at all costs more than its own refusal.</summary>
public sealed class BadInputTests(BadInputTests.Running running) : IClassFixture<BadInputTests.Running>
{
    private readonly GuardedCluster rig = running.Rig;

    [Theory]
    [InlineData("not JSON", "}{", 400, "Not JSON")]
    [InlineData("no UTF-8", "{\"version\":\"4\",\"alerts\":[\"\u00ff\"]}", 400, "Not JSON")]
    [InlineData("nothing", "", 400, "Not JSON")]
    [InlineData("a list", "[]", 400, "Not an Alertmanager notification")]
    [InlineData("another version", """{"version":"5","alerts":[{}]}""", 400, "Unknown version")]
    [InlineData("a replaced body", """{"text":"KEDA is down","channel":"#alerts"}""", 400, "Not an Alertmanager notification")]
    [InlineData("no alerts", """{"version":"4","alerts":[]}""", 400, "No alerts")]
    public async Task A_body_that_is_no_notification_is_refused_for_good(string what, string body, int status, string title)
    {
        var before = await LastAuditAsync();

        var reply = await rig.Client.AlertAsync(Encoding.Latin1.GetBytes(body));

        Assert.Equal((what, status, title), (what, reply.Status, (string?)reply.Json?["title"]));
        var records = (await rig.Client.GetAsync($"audit?after={before}"))["records"]!.AsArray();
        Assert.Contains(records, record => ((string?)record!["text"])!.Contains($"refused with {status}: {title}", StringComparison.Ordinal));
        await StillWorksAsync();
    }

    [Fact]
    public async Task A_body_nested_without_end_is_refused()
    {
        var reply = await rig.Client.AlertAsync("""{"version":"4","alerts":""" + new string('[', 100_000));

        Assert.Equal((400, "Not JSON"), (reply.Status, (string?)reply.Json?["title"]));
        await StillWorksAsync();
    }

    [Fact]
    public async Task A_body_of_more_than_16_MiB_is_refused()
    {
        var reply = await rig.Client.AlertAsync(new byte[AlertmanagerPayload.MaxBytes + 1]);

        Assert.Equal((413, "Body too large"), (reply.Status, (string?)reply.Json?["title"]));
        await StillWorksAsync();
    }

    [Fact]
    public async Task Another_content_type_is_refused() =>
        Assert.Equal(415, (await rig.Client.AlertAsync(AlertBody.Of(Good("a0")), "text/plain")).Status);

    public static TheoryData<string, string, string, string> BadAlerts => new()
    {
        { "b1", "labels.alertname", "DiskFull", "no cause is configured for an alert of this name" },
        { "b2", "labels.alertname", "", "it has no label alertname" },
        { "b3", "labels.cluster", "another-cluster", "it is about cluster \"another-cluster\"; this reactor guards \"sandbox\"" },
        { "b4", "labels.scaledObject", "two\nlines", "label scaledObject holds control characters" },
        { "b5", "labels.scaledObject", new string('x', 10_000), "label scaledObject is longer than 1024 bytes" },
        { "b6", "labels.scaledObject", "Not_A_Name", "label scaledObject is no Kubernetes object name" },
        { "b7", "labels.scaledObject", "../../secrets", "label scaledObject is no Kubernetes object name" },
        { "b8", "labels.namespace", "Bad_Namespace", "label namespace is no Kubernetes namespace name" },
        { "b9", "labels.namespace", "", "it names no namespace (label exported_namespace or namespace)" },
        { "b10", "labels.scaledObject", "", "it names no target (label scaledObject, deployment, statefulset or horizontalpodautoscaler)" },
        { "b11", "labels.scaledObject", "nobody-knows-it", "there is no ScaledObject sophia-mesh/nobody-knows-it" },
        { "b12", "startsAt", "2999-01-01T00:00:00Z", "it starts at 2999-01-01T00:00:00.0000000+00:00, more than 5 minutes ahead" },
        { "b13", "startsAt", "yesterday", "its startsAt is missing, zero or no RFC 3339 time" },
        { "b14", "status", "suppressed", "its status is neither \"firing\" nor \"resolved\"" },
        { "b-15", "status", "firing", "it has no usable fingerprint, by which repeats are told from news" },
    };

    [Theory]
    [MemberData(nameof(BadAlerts))]
    public async Task A_bad_alert_is_ignored_with_its_reason_and_the_good_one_beside_it_is_taken(
        string fingerprint, string field, string value, string because)
    {
        var bad = Good(fingerprint);
        if (field.StartsWith("labels.", StringComparison.Ordinal)) bad["labels"]![field["labels.".Length..]] = value;
        else bad[field] = value;
        var before = await LastAuditAsync();

        var reply = await rig.Client.AlertAsync(AlertBody.Of(bad, Good("good" + fingerprint.Replace("-", ""))));

        Assert.Equal(202, reply.Status);
        Assert.Equal(1, (int?)reply.Json!["accepted"]);
        var ignored = Assert.Single(reply.Json["ignored"]!.AsArray())!;
        Assert.Equal(fingerprint, (string?)ignored["fingerprint"]);
        Assert.Contains(because, (string?)ignored["because"], StringComparison.Ordinal);
        var records = (await rig.Client.GetAsync($"audit?after={before}"))["records"]!.AsArray();
        Assert.Contains(records, record => ((string?)record!["text"])!.Contains($"because {because}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Foreign_members_at_every_level_are_no_reason_to_refuse()
    {
        var alert = Good("c1");
        alert["notification_reason"] = new JsonObject { ["new"] = true };
        alert["labels"]!["anything"] = "else";
        var body = JsonNode.Parse(AlertBody.Of(alert))!;
        body["routeLabels"] = new JsonObject();

        var reply = await rig.Client.AlertAsync(body.ToJsonString());

        Assert.Equal((202, 1), (reply.Status, (int?)reply.Json!["accepted"]));
    }

    /// <summary>Real, known, and of a kind that moves nothing.</summary>
    private JsonObject Good(string fingerprint) => AlertBody.Firing(
        "KEDAScalingLatencyHigh", fingerprint, rig.Clock.GetUtcNow(), ("namespace", "sophia-mesh"), ("scaledObject", "sophia-ai-services"));

    private async Task StillWorksAsync() => Assert.Equal(202, (await rig.Client.AlertAsync(AlertBody.Of(Good("still")))).Status);

    private async Task<long> LastAuditAsync() => (long)(await rig.Client.GetAsync("audit?latest=true&limit=1"))["after"]!;

    public sealed class Running : IAsyncLifetime
    {
        private IDisposable? _realTime;

        internal GuardedCluster Rig { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Rig = await GuardedCluster.StartAsync();
            _realTime = Rig.InRealTime();
        }

        public async Task DisposeAsync()
        {
            Assert.Equal(0, Rig.AcceptedWrites);
            _realTime?.Dispose();
            await Rig.DisposeAsync();
        }
    }
}
