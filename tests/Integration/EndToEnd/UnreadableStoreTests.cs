using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

/// <summary>A store that can't be read is a store that is down: a dead operator still trips and pages, and everybody is told the truth.</summary>
public sealed class UnreadableStoreTests
{
    private static readonly string[] Views =
        ["breakers", "breakers/sophia-mesh/sophia-ai-services", "breakers/sophia-mesh/sophia-ai-services/why", "incidents", "incidents/none", "maintenance"];

    [Theory]
    [InlineData("a page of panel")]
    [InlineData("a page of inbox")]
    [InlineData("a page of audit")]
    [InlineData("a page of lease")]
    [InlineData("a page of outbox")]
    [InlineData("every page")]
    [InlineData("UPDATE panel SET json = '[]', revision = revision + 1")]
    [InlineData("UPDATE panel SET json = '{\"version\":9', revision = revision + 1")]
    [InlineData("UPDATE panel SET json = json_set(json, '$.incidents', json('{\"i\":null}')), revision = revision + 1")]
    [InlineData("UPDATE panel SET json = json_set(json, '$.cluster', 'other'), revision = revision + 1")]
    [InlineData("UPDATE panel SET json = x'00ff'")]
    [InlineData("DELETE FROM chain")]
    [InlineData("DROP TABLE audit")]
    public async Task An_unreadable_file_trips_and_pages_from_memory_and_is_said_everywhere(string damage)
    {
        await using var rig = await StartedAsync();
        Damage(rig.DatabasePath, damage);

        await DeadOperatorIsMetAsync(rig);
        await AnswersAreTrueAsync(rig);
    }

    [TheoryWithProgram(RedisServer.Program)]
    [InlineData("SET", "panel", "no hash")]
    [InlineData("SET", "inbox", "no set")]
    [InlineData("SET", "audit", "no hash")]
    [InlineData("SET", "meta", "no hash")]
    [InlineData("HSET", "panel json", "[]")]
    [InlineData("HSET", "panel revision", "many")]
    [InlineData("HSET", "meta version", "banana")]
    [InlineData("HSET", "lease:runner until", "banana")]
    public async Task An_unreadable_redis_does_too(string command, string where, string value)
    {
        using var redis = new RedisServer();
        redis.Start();
        await using var rig = await StartedAsync(redis);
        var prefix = $"{{sophia-keda-reactor:{GuardedCluster.Name}}}:";
        var key = prefix + where.Split(' ')[0];
        if (where.StartsWith("lease", StringComparison.Ordinal)) redis.Do("HSET", key, "owner", "somebody", "token", "7");
        redis.Do([command, key, .. where.Split(' ').Skip(1), value]);

        await DeadOperatorIsMetAsync(rig);
        await AnswersAreTrueAsync(rig);
    }

    [Fact]
    public async Task A_panel_of_a_newer_version_is_left_to_that_one_and_that_is_said_by_name()
    {
        await using var rig = await StartedAsync();
        Sql.Run(rig.DatabasePath, "UPDATE panel SET json = json_set(json, '$.version', 9, '$.writer', 9, '$.incidents', 'of another kind'), revision = revision + 1");

        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        var before = rig.Clock.GetUtcNow();
        await rig.UntilAsync("five minutes", () => rig.Clock.GetUtcNow() - before > TimeSpan.FromMinutes(5));

        Assert.Equal(0, rig.AcceptedWrites);
        foreach (var view in Views)
        {
            var answer = await rig.Client.TryGetAsync(view);
            Assert.Equal((503, "Newer version at work"), (answer.Status, (string?)answer.Json!["title"]));
        }

        await AnswersAreTrueAsync(rig);
    }

    private static async Task<GuardedCluster> StartedAsync(RedisServer? redis = null)
    {
        var rig = await GuardedCluster.StartAsync(reactor: false);
        if (redis is not null)
        {
            rig.MoreSettings["State:Redis:Endpoints"] = redis.Endpoint;
            rig.MoreSettings["State:Path"] = null;
            rig.MoreSettings["State:Durability"] = "relaxed";
        }

        using (rig.Clock.Busy()) await rig.StartReactorAsync();
        await rig.UntilAsync("a first probe", async () => (await rig.Client.TryGetAsync("metrics")).Text.Contains("reactor_last_probe_timestamp_seconds{", StringComparison.Ordinal));
        return rig;
    }

    private static async Task DeadOperatorIsMetAsync(GuardedCluster rig)
    {
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        await rig.UntilAsync("the pages", () => Triggered(rig, "operator-unhealthy") && Triggered(rig, "store-down"));
    }

    private static async Task AnswersAreTrueAsync(GuardedCluster rig)
    {
        var alert = await rig.Client.AlertAsync(AlertBody.Of(AlertBody.Firing(
            "KEDAScalingOscillation", "a1", rig.Clock.GetUtcNow(), ("namespace", "sophia-mesh"), ("deployment", "sophia-ai-services"))));
        var order = await rig.Client.OrderAsync("breakers/reset", new() { ["scope"] = "cluster", ["mode"] = "immediate", ["reason"] = "now", ["by"] = "ana" });
        var metrics = await rig.Client.TryGetAsync("metrics");
        var health = await rig.Client.TryGetAsync("health");
        var ready = await rig.Client.TryGetAsync("health/ready");

        Assert.Equal((503, 503, 200, 503, 200), (alert.Status, order.Status, metrics.Status, health.Status, ready.Status));
        Assert.Contains($"reactor_store_up{{cluster=\"{GuardedCluster.Name}\"}} 0\n", metrics.Text, StringComparison.Ordinal);
        Assert.False((bool?)ready.Json!["orders"]);
        foreach (var path in Views.Concat(["pages", "audit", "audit/verify", "kpis"]))
            Assert.Contains((await rig.Client.TryGetAsync(path)).Status, new[] { 200, 404, 503 });
    }

    private static void Damage(string path, string what)
    {
        if (!what.Contains("page", StringComparison.Ordinal))
        {
            Sql.Run(path, what);
            return;
        }

        var table = what.Split(' ')[^1];
        var size = long.Parse(Sql.Text(path, "PRAGMA page_size")!, System.Globalization.CultureInfo.InvariantCulture);
        var root = table == "page" ? 1 : long.Parse(Sql.Text(path, "SELECT rootpage FROM sqlite_master WHERE name = $name", ("$name", table))!, System.Globalization.CultureInfo.InvariantCulture);
        Sql.Run(path, "PRAGMA wal_checkpoint(TRUNCATE)");
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var length = table == "page" ? file.Length : size;
            file.Position = (root - 1) * size;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)length).ToArray());
        }

        // Whoever has the file open reads it anew only after a change.
        if (table != "page") Sql.Run(path, "CREATE TABLE of_somebody (x)");
    }

    private static bool Triggered(GuardedCluster rig, string what) =>
        rig.PagerDuty().Any(page => page.Action == "trigger" && page.Key.Contains(what, StringComparison.Ordinal));
}
