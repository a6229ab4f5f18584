using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>The trail as callers get it, out of a real store.</summary>
public sealed class AuditEndpointTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();
    private SqliteStore store = null!;
    private RunningHost host = null!;

    private string StatePath => Path.Combine(folder.FullName, "state.db");

    public async Task InitializeAsync()
    {
        store = new SqliteStore("test", new SqliteSettings { Path = StatePath, Limits = new StateLimits { Durability = Durability.Relaxed } }, TimeProvider.System);
        host = await RunningHost.StartAsync(more: services => services.AddSingleton<IStateStore>(store));
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        store.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_page_of_the_trail_is_filtered_by_actor_reason_and_time()
    {
        await WriteAsync(3);
        await store.AppendAuditAsync([Record("late") with { At = RunningHost.Start.AddHours(2), Actor = "ana (claimed)", Reason = Reason.TripOrdered }], CancellationToken.None);

        foreach (var filter in new[] { "actor=ana", "reason=tripOrdered", "from=2026-08-01T11:00:00Z", "from=2026-08-01T13:00:00%2B02:00", "from=2026-08-01T13:00:00+02:00&to=2026-08-01T12:00:00.5Z" })
        {
            using var response = await host.SendAsync("GET", $"audit?{filter}", "viewer");
            Assert.Equal("late", (string?)Assert.Single((await RunningHost.JsonOf(response))["records"]!.AsArray())!["text"]);
        }
    }

    [Theory]
    [InlineData("audit?from=yesterday", "a time like 2026-08-01T10:00:00Z")]
    [InlineData("audit?to=2026-08-01T10:00:00", "a time like 2026-08-01T10:00:00Z")]
    [InlineData("audit?from=2026-08-01T10:00:00Z&to=2026-08-01T10:00:00Z", "nothing lies between")]
    [InlineData("audit?reason=boredom", "reason: found \"boredom\"")]
    [InlineData("audit/export?format=xml", "jsonl | csv")]
    [InlineData("audit/export?limit=5", "limit: unknown")]
    [InlineData("audit/verify?head=5", "number:hash")]
    [InlineData("kpis?from=2020-01-01T00:00:00Z", "400 days")]
    public async Task What_is_not_understood_is_told_so(string path, string says)
    {
        using var response = await host.SendAsync("GET", path, "viewer");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says, (string?)(await RunningHost.JsonOf(response))["errors"]!.AsArray().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_holds_every_record_to_the_end_and_is_verified_as_a_file()
    {
        await WriteAsync(1_234);

        using var response = await host.SendAsync("GET", "audit/export", "viewer");

        Assert.Equal("application/x-ndjson; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("audit-test-20260801-100000.jsonl", response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        var lines = (await response.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n');
        var (fault, records, at) = AuditFile.Verify(lines, null, (await store.TrailAsync(CancellationToken.None)).Sealed);
        Assert.Equal((null, 1_234, 1_234), (fault, records, at.Sequence));
    }

    [Fact]
    public async Task A_table_holds_what_was_filtered_with_a_head_line()
    {
        await WriteAsync(3);
        await store.AppendAuditAsync([Record("=1+1") with { Actor = "ana" }], CancellationToken.None);

        using var response = await host.SendAsync("GET", "audit/export?format=csv&actor=ana", "viewer");

        Assert.Equal("text/csv; charset=utf-8; header=present", response.Content.Headers.ContentType?.ToString());
        var lines = (await response.Content.ReadAsStringAsync()).TrimEnd().Split("\r\n");
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"'=1+1\"", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trail_is_verified_and_a_changed_record_is_named()
    {
        await WriteAsync(700);
        using var good = await host.SendAsync("GET", "audit/verify", "viewer");
        var head = (string?)(await RunningHost.JsonOf(good))["head"];
        Change(5);

        using var bad = await host.SendAsync("GET", "audit/verify", "viewer");
        using var held = await host.SendAsync("GET", $"audit/verify?from={head}&head={head}", "viewer");

        var answer = await RunningHost.JsonOf(good);
        Assert.Equal((true, 700, true, head), ((bool)answer["ok"]!, (int)answer["records"]!, (bool)answer["complete"]!, (string?)answer["at"]));
        Assert.StartsWith("record 5 or its hash was changed", (string?)(await RunningHost.JsonOf(bad))["fault"], StringComparison.Ordinal);
        Assert.Equal((true, 0), ((bool)(await RunningHost.JsonOf(held))["ok"]!, (int)(await RunningHost.JsonOf(held))["records"]!));
    }

    [Fact]
    public async Task The_command_verifies_the_store_and_an_exported_file()
    {
        await WriteAsync(20);
        using var response = await host.SendAsync("GET", "audit/export", "viewer");
        var file = Path.Combine(folder.FullName, "trail.jsonl");
        await File.WriteAllTextAsync(file, await response.Content.ReadAsStringAsync());
        var head = (await store.TrailAsync(CancellationToken.None)).Sealed;
        string[] settings = [.. RunningHost.WithCluster(RunningHost.Keys).SelectMany(setting => new[] { $"--{setting.Key}", setting.Value! }), "--State:Path", StatePath, "--State:Durability", "relaxed"];

        Assert.Equal((0, $"20 records fit, head {head}"), await VerifyAsync(file, "--head", $"{head}"));
        var (code, said) = await VerifyAsync(settings);
        Assert.Equal((0, $"20 records fit, head {head}, chain "), (code, said[..^16]));
        await File.WriteAllLinesAsync(file, File.ReadLines(file).Where(line => !line.StartsWith("{\"sequence\":7,", StringComparison.Ordinal)).ToList());
        Change(9);

        Assert.Equal((1, "After 6 records that fit, up to 6: record 7 is missing: 8 comes after 6"), await VerifyAsync(file));
        Assert.StartsWith("After 8 records that fit, up to 8: record 9 or its hash was changed", (await VerifyAsync(settings)).Said, StringComparison.Ordinal);
        Assert.Equal((2, "--head: expected number:hash, the hash of 64 hexadecimal digits"), await VerifyAsync(file, "--head", "7"));
        Assert.Equal(2, (await VerifyAsync("not-there.jsonl")).Code);
        Assert.Equal((2, "--State:Path: found beside a file; expected --head or --anchor: a file is verified by no settings"), await VerifyAsync(file, "--State:Path", "x"));
        Assert.Equal((2, "--anchor: found without a file; expected verify-audit FILE --anchor number:hash"), await VerifyAsync("--anchor", $"{head}"));
        Assert.Equal((2, "--hed: found a flag that nothing reads; expected --head number:hash or --anchor number:hash"), await VerifyAsync("--hed", $"{head}"));
    }

    [Fact]
    public async Task Who_was_turned_away_and_what_was_no_order_stands_in_the_trail()
    {
        for (var i = 0; i < 3; i++)
        {
            using var stranger = await host.SendAsync("POST", "alerts", null);
        }

        using var viewer = await host.SendAsync("POST", "breakers/trip", "viewer");
        using var invalid = await host.SendAsync("POST", "breakers/trip", "operator", """{"scope":"moon"}""");
        await host.TickAsync(TimeSpan.FromMinutes(2), async () => (await store.AuditAsync(new AuditQuery { Reason = Reason.DoorRefused }, CancellationToken.None)).Length == 2);

        var turned = await store.AuditAsync(new AuditQuery { Reason = Reason.DoorRefused }, CancellationToken.None);
        Assert.Equal([("POST /api/alerts", "401", "3"), ("POST /api/breakers", "403", "1")], turned.Select(stored => (stored.Record.Facts["route"], stored.Record.Facts["status"], stored.Record.Facts["count"])));
        var order = Assert.Single(await store.AuditAsync(new AuditQuery { Reason = Reason.OrderInvalid }, CancellationToken.None)).Record;
        Assert.Equal((AuditKind.Order, "key:operator#1", "400"), (order.Kind, order.Actor, order.Facts["status"]));
    }

    [Fact]
    public async Task No_secret_comes_into_the_trail_its_export_or_the_log()
    {
        const string labels = """
            {"version":"4","groupKey":"g","truncatedAlerts":0,"receiver":"r","status":"firing","alerts":[
              {"status":"firing","labels":{"alertname":"KEDAScalerErrors","namespace":"mesh","scaledObject":"sophia","password":"PLANTED-in-a-label"},
               "annotations":{"token":"PLANTED-in-an-annotation"},"startsAt":"2026-08-01T10:00:00Z","endsAt":"0001-01-01T00:00:00Z",
               "generatorURL":"http://user:PLANTED-in-a-url@prometheus/graph","fingerprint":"7a1f3c5e9b2d4806"},
              {"status":"firing","labels":{"alertname":"Unknown","secret":"PLANTED-in-an-unknown-alert"},"annotations":{},"startsAt":"2026-08-01T10:00:00Z",
               "endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"7a1f3c5e9b2d4807"}],
             "groupLabels":{},"commonLabels":{"token":"PLANTED-in-common-labels"},"commonAnnotations":{},"externalURL":""}
            """;
        using var accepted = await host.SendAsync("POST", "alerts", "sender", labels, request => request.Headers.Add("X-Forwarded-Token", "PLANTED-in-a-header"));
        using var stranger = await host.SendAsync("POST", "alerts?code=PLANTED-as-a-code", null, labels, request => request.Headers.Add("Authorization", "Bearer PLANTED-as-a-bearer"));
        using var odd = await host.SendAsync("GET", "PLANTED-in-a-path", null);
        using var order = await host.SendAsync("POST", "breakers/trip", "operator", """{"scope":"moon","token":"PLANTED-in-an-order"}""");
        await host.TickAsync(TimeSpan.FromMinutes(2), async () => (await store.AuditAsync(new AuditQuery { Reason = Reason.DoorRefused }, CancellationToken.None)).Length > 0);

        using var json = await host.SendAsync("GET", "audit/export", "viewer");
        using var csv = await host.SendAsync("GET", "audit/export?format=csv", "viewer");
        using var trail = await host.SendAsync("GET", "audit?limit=1000", "viewer");
        string[] told = [await json.Content.ReadAsStringAsync(), await csv.Content.ReadAsStringAsync(), await trail.Content.ReadAsStringAsync(), .. host.Log];

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Contains("ignored at the door", told[0], StringComparison.Ordinal);
        foreach (var secret in (string[])["PLANTED", .. RunningHost.Keys.Where(setting => setting.Key != "Cluster:Name").Select(setting => setting.Value!)])
            Assert.All(told, text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_KPIs_of_the_last_seven_days_are_told()
    {
        await WriteAsync(2);

        using var response = await host.SendAsync("GET", "kpis", "viewer");

        var answer = await RunningHost.JsonOf(response);
        Assert.Equal((RunningHost.Start.AddDays(-7), RunningHost.Start), ((DateTimeOffset)answer["from"]!, (DateTimeOffset)answer["to"]!));
        Assert.Equal(7, answer["kpis"]!.AsArray().Count);
        var row = answer["kpis"]!.AsArray().Single(kpi => (string?)kpi!["id"] == "fallback-activations")!;
        Assert.Equal((0, true, "per week"), ((double)row["value"]!, (bool)row["met"]!, (string?)row["unit"]));
    }

    private static AuditRecord Record(string text) => new()
    {
        At = RunningHost.Start, Kind = AuditKind.Decision, Reason = Reason.IncidentOpened, Actor = "reactor", Text = text,
    };

    private Task WriteAsync(int records) => store.AppendAuditAsync([.. Enumerable.Range(1, records).Select(n => Record($"{n}"))], CancellationToken.None);

    private static async Task<(int Code, string Said)> VerifyAsync(params string[] args)
    {
        await using var said = new StringWriter();
        var code = await VerifyAuditCommand.RunAsync(args, said, CancellationToken.None);
        return (code, said.ToString().Trim());
    }

    private void Change(long sequence)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={StatePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE audit SET json = replace(json, 'reactor', 'nobody') WHERE sequence = $sequence";
        command.Parameters.AddWithValue("$sequence", sequence);
        command.ExecuteNonQuery();
    }
}
