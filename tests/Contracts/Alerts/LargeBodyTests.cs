using System.Text;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

/// <summary>What reading the largest bodies allocates. BodiesUnderWay is sized by it.</summary>
public sealed class LargeBodyTests
{
    private const int Largest = AlertmanagerPayload.MaxBytes;

    [Fact]
    public void The_largest_notification_with_as_many_alerts_as_are_taken_costs_at_most_five_times_its_bytes()
    {
        var body = Filled($$"""{"version":"4","alerts":[{{string.Join(',', Enumerable.Range(0, AlertmanagerPayload.MaxAlerts).Select(i => Alert($"a{i}", new string('x', 600), 26)))}}]}""");

        var (reading, cost) = Measured(body);

        Assert.True(reading.Succeeded(out var notification, out var refusal), refusal?.Detail);
        Assert.Equal(AlertmanagerPayload.MaxAlerts, notification.Signals.Length);
        Assert.InRange(cost, 1, 5L * Largest);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"":0}""")]
    public void A_body_of_millions_of_small_things_is_too_large_before_it_costs_anything(string thing)
    {
        var many = new StringBuilder("""{"version":"4","alerts":[""").Append(thing);
        while (many.Length < Largest - 20) many.Append(',').Append(thing);

        var (reading, cost) = Measured(Encoding.UTF8.GetBytes(many.Append("]}").ToString()));

        Assert.False(reading.Succeeded(out _, out var refusal));
        Assert.Equal(413, refusal.Status);
        Assert.Contains("max_alerts", refusal.Detail, StringComparison.Ordinal);
        Assert.InRange(cost, 1, 64 * 1024);
    }

    [Fact]
    public void More_alerts_than_the_inbox_holds_are_too_many()
    {
        var refusal = Given.Refused($$"""{"version":"4","alerts":[{{string.Join(',', Enumerable.Repeat("{}", AlertmanagerPayload.MaxAlerts + 1))}}]}""");

        Assert.Equal((413, "Too many alerts"), (refusal.Status, refusal.Title));
        Assert.Contains("max_alerts", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fingerprint")]
    [InlineData("status")]
    [InlineData("startsAt")]
    [InlineData("alertname")]
    [InlineData("cluster")]
    [InlineData("namespace")]
    [InlineData("scaledObject")]
    [InlineData("severity")]
    [InlineData("summary")]
    [InlineData("description")]
    public void One_text_of_many_megabytes_costs_no_copy_of_itself(string name)
    {
        var text = new string('x', Largest - 4096);
        var alert = Given.WithAlert(alert =>
        {
            var holder = name is "summary" or "description" ? "annotations" : name is "fingerprint" or "status" or "startsAt" ? null : "labels";
            (holder is null ? alert : alert[holder]!.AsObject())[name] = text;
        });

        // What the index of the largest body takes, from an array pool that rounds up.
        var (reading, cost) = Measured(Encoding.UTF8.GetBytes(alert.ToJsonString()));

        Assert.True(reading.Succeeded(out var notification, out _));
        Assert.Equal(1, notification.Signals.Length + notification.Ignored.Length);
        Assert.InRange(cost, 1, 2L * Largest + 1024 * 1024);
    }

    private static string Alert(string fingerprint, string summary, int moreLabels) =>
        $$$"""
        {"fingerprint":"{{{fingerprint}}}","status":"firing","startsAt":"2026-08-01T09:59:00Z","annotations":{"summary":"{{{summary}}}"},
        "labels":{"alertname":"KEDAScalerErrors","namespace":"mesh","scaledObject":"sophia"{{{string.Concat(Enumerable.Range(0, moreLabels).Select(i => $",\"label{i}\":\"value{i}\""))}}}}}
        """;

    private static byte[] Filled(string body) => Encoding.UTF8.GetBytes(body.PadRight(Largest));

    private static (Reading<ParsedNotification> Reading, long Cost) Measured(byte[] body)
    {
        AlertmanagerPayload.Parse("{}"u8.ToArray(), Given.Policy, Given.Now);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = AlertmanagerPayload.Parse(body, Given.Policy, Given.Now);
        return (reading, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
