using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>Times at the ends of the calendar, where adding and subtracting fails: each is the caller's fault and told so, never ours. It is 2026-08-01 10:00 here.</summary>
public sealed class EdgesOfTimeTests(EdgesOfTimeTests.Running running) : IClassFixture<EdgesOfTimeTests.Running>
{
    private const string Range = "expected a time from 1970-01-01T00:00:00Z to 2026-08-02T10:00:00Z";

    [Theory]
    [InlineData("to=0001-01-01T00:00:00Z", $"to: found \"0001-01-01T00:00:00Z\"; {Range}")]
    [InlineData("from=0001-01-01T00:00:00Z", Range)]
    [InlineData("to=0001-01-07T23:59:59Z", Range)]
    [InlineData("to=9999-12-31T23:59:59Z", Range)]
    [InlineData("from=9999-12-31T23:59:59.9999999Z", Range)]
    [InlineData("to=0001-01-01T00:00:00%2B14:00", "expected a time like 2026-08-01T10:00:00Z")]
    [InlineData("to=9999-12-31T23:59:59-14:00", "expected a time like 2026-08-01T10:00:00Z")]
    [InlineData("to=1969-12-31T23:59:59Z", Range)]
    [InlineData("to=2026-08-02T10:00:01Z", Range)]
    [InlineData("from=2027-08-01T10:00:00Z", Range)]
    [InlineData("from=2026-07-02T10:00:00Z&to=2026-07-01T10:00:00Z", "from, to: nothing lies between them")]
    [InlineData("from=2026-07-01T10:00:00Z&to=2026-07-01T10:00:00Z", "from, to: nothing lies between them")]
    public async Task A_period_at_the_edge_is_refused_with_what_is_expected(string period, string says)
    {
        foreach (var path in (string[])["kpis", "audit", "audit/export"])
        {
            using var response = await running.Host.SendAsync("GET", $"{path}?{period}", "viewer");

            Assert.Equal((path, 400), (path, (int)response.StatusCode));
            Assert.EndsWith(says, await OnlyErrorAsync(response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z")]
    [InlineData("2026-07-01T10:00:00Z", "2026-08-02T10:00:00Z")]
    public async Task A_period_just_inside_is_answered(string from, string to)
    {
        foreach (var path in (string[])["kpis", "audit", "audit/export"])
        {
            using var response = await running.Host.SendAsync("GET", $"{path}?from={from}&to={to}", "viewer");

            Assert.Equal((path, 200), (path, (int)response.StatusCode));
        }
    }

    [Theory]
    [InlineData("""  "start":"9999-12-31T23:59:59Z","duration":"10m"  """, "start: found \"9999-12-31T23:59:59Z\"; expected an instant from 1970 to 2999")]
    [InlineData("""  "until":"9999-12-31T23:59:59Z"  """, "until: found \"9999-12-31T23:59:59Z\"; expected an instant from 1970 to 2999")]
    [InlineData("""  "until":"0001-01-01T00:00:00Z"  """, "until: found \"0001-01-01T00:00:00Z\"; expected an instant from 1970 to 2999")]
    [InlineData("""  "start":"0001-01-01T00:00:00+14:00","duration":"10m"  """, "expected an instant with its offset")]
    [InlineData("""  "start":"2999-12-31T23:59:59Z","duration":"10m"  """, "start: more than 30 days ahead")]
    [InlineData("""  "start":"2026-08-01T09:00:00Z","duration":"10m"  """, "until: 2026-08-01T09:10:00.0000000+00:00 is over; it is 2026-08-01T10:00:00.0000000+00:00")]
    [InlineData("""  "start":"2026-08-01T11:00:00Z","until":"2026-08-01T10:30:00Z"  """, "is not after the start")]
    [InlineData("""  "duration":"999999999d"  """, "duration: found \"999999999d\"; expected one like 90s")]
    [InlineData("""  "duration":"9999999d9999999d"  """, "expected one like 90s")]
    public async Task A_maintenance_at_the_edge_is_refused_with_what_is_expected(string when, string says)
    {
        using var response = await running.Host.SendAsync("POST", "maintenance", "operator", $$"""{"scope":"cluster","reason":"r","by":"b",{{when}}}""");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(says, await OnlyErrorAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    public async Task An_alert_that_starts_at_the_edge_is_ignored_by_itself(string startsAt)
    {
        using var response = await running.Host.SendAsync("POST", "alerts", "sender", $$$"""
            {"version":"4","alerts":[{"status":"firing","fingerprint":"a1","startsAt":"{{{startsAt}}}","labels":{"alertname":"KEDAOperatorDown"}}]}
            """);

        Assert.Equal(202, (int)response.StatusCode);
        var answer = await RunningHost.JsonOf(response);
        Assert.Equal((0, 1), ((int)answer["accepted"]!, answer["ignored"]!.AsArray().Count));
    }

    private static async Task<string> OnlyErrorAsync(HttpResponseMessage response) =>
        (string)Assert.Single((await RunningHost.JsonOf(response))["errors"]!.AsArray())!;

    public sealed class Running : IAsyncLifetime
    {
        internal RunningHost Host { get; private set; } = null!;

        public async Task InitializeAsync() => Host = await RunningHost.StartAsync();

        public async Task DisposeAsync() => await Host.DisposeAsync();
    }
}
