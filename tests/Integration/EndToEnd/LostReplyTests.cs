using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

/// <summary>Every way in, before a store that does what it is told and does not say so, or never hears of it: the sender can't tell, and need not.</summary>
public sealed class LostReplyTests
{
    [Theory]
    [InlineData("AppendAsync", true)]
    [InlineData("AppendAsync", false)]
    [InlineData("SaveAsync", true)]
    [InlineData("SaveAsync", false)]
    public async Task An_order_whose_fate_is_not_known_is_told_so_and_sent_again_gets_one_answer(string call, bool done)
    {
        var (rig, store) = await StartAsync();
        await using var _ = rig;
        string? incident = null;
        (string Path, JsonObject Order)[] orders =
        [
            ("maintenance", new() { ["scope"] = "target", ["namespace"] = "sophia-mesh", ["name"] = "sophia-ai-services", ["duration"] = "1h" }),
            ("maintenance/{maintenance}/end", []),
            ("breakers/trip", new() { ["scope"] = "target", ["namespace"] = "sophia-mesh", ["name"] = "sophia-ai-services" }),
            ("incidents/{incident}/ack", []),
            ("incidents/{incident}/hold", []),
            ("incidents/{incident}/release", []),
            ("breakers/reset", new() { ["scope"] = "target", ["namespace"] = "sophia-mesh", ["name"] = "sophia-ai-services", ["mode"] = "immediate" }),
            ("kill-switch", new() { ["state"] = "on" }),
            ("kill-switch", new() { ["state"] = "off" }),
        ];
        string? maintenance = null;
        foreach (var (at, (path, order)) in orders.Index())
        {
            (order["reason"], order["by"], order["requestId"]) = ("drill", "ana", $"request-{at}");
            var where = path.Replace("{incident}", incident, StringComparison.Ordinal).Replace("{maintenance}", maintenance, StringComparison.Ordinal);
            (done ? store.Unanswered : store.Unsent).Add(call);

            var first = await rig.Client.OrderAsync(where, order);
            store.Heal();
            var second = await rig.Client.OrderAsync(where, order);
            var third = await rig.Client.OrderAsync(where, order);

            var detail = (string?)first.Json!["detail"] ?? "";
            Assert.True(first.Status == 503, $"{where}: {first.Status} {first.Text}");
            Assert.Contains("not known", detail, StringComparison.Ordinal);
            Assert.Contains($"requestId, \"request-{at}\"", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("Nothing of this request was kept", detail, StringComparison.Ordinal);
            Assert.True(second.Status == 202, $"{where}: {second.Status} {second.Text}");
            Assert.Equal(second.Text, third.Text);
            incident ??= (string?)second.Json!["incident"];
            maintenance ??= (string?)second.Json!["maintenance"];
        }
    }

    [Fact]
    public async Task An_order_that_brought_no_id_is_told_the_one_that_it_got()
    {
        var (rig, store) = await StartAsync();
        await using var _ = rig;
        var trip = new JsonObject { ["scope"] = "target", ["namespace"] = "sophia-mesh", ["name"] = "sophia-ai-services", ["reason"] = "drill", ["by"] = "ana" };
        store.Unanswered.Add("AppendAsync");

        var lost = await rig.Client.OrderAsync("breakers/trip", trip);
        store.Heal();
        await rig.UntilAsync("the trip that nobody answered", () => rig.Target("sophia-ai-services").OnFallback());
        trip["requestId"] = ((string)lost.Json!["detail"]!).Split('"')[1];
        var again = await rig.Client.OrderAsync("breakers/trip", trip);

        Assert.Equal((503, 202), (lost.Status, again.Status));
        Assert.Single((await rig.Client.GetAsync("incidents"))["open"]!.AsArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_signal_whose_fate_is_not_known_is_asked_for_again_and_counts_once(bool done)
    {
        var (rig, store) = await StartAsync();
        await using var _ = rig;
        var alert = AlertBody.Of(AlertBody.Firing(
            "KEDAScalingOscillation", "a1", rig.Clock.GetUtcNow(), ("namespace", "sophia-mesh"), ("deployment", "sophia-ai-services")));
        var failed = new JsonObject
        {
            ["specversion"] = "1.0", ["id"] = "e1", ["type"] = "keda.scaledobject.failed.v1", ["source"] = $"/{GuardedCluster.Name}/keda/keda", ["subject"] = $"/{GuardedCluster.Name}/sophia-mesh/scaledobject/sophia-ai-services",
            ["time"] = rig.Clock.GetUtcNow().ToString("O"), ["data"] = new JsonObject { ["reason"] = "ScaledObjectCheckFailed", ["message"] = "no source" },
        }.ToJsonString();
        foreach (var send in (Func<Task<Reply>>[])[() => rig.Client.AlertAsync(alert), () => rig.Client.EventAsync(failed)])
        {
            (done ? store.Unanswered : store.Unsent).Add("AppendAsync");
            var first = await send();
            store.Heal();
            var second = await send();

            Assert.True(first.Status == 503, first.Text);
            Assert.Contains("Whether it was kept is not known. Send it again", (string?)first.Json!["detail"], StringComparison.Ordinal);
            Assert.True(second.Status == 202, second.Text);
        }

        await rig.UntilAsync("the target on its fallback", () => rig.Target("sophia-ai-services").OnFallback());
        Assert.Single((await rig.Client.GetAsync("incidents"))["open"]!.AsArray(), incident => (string?)incident!["cause"] == "oscillation");
    }

    [Fact]
    public async Task A_stop_that_the_store_does_not_take_counts_here_at_once_and_is_kept_when_it_can_be()
    {
        var (rig, store) = await StartAsync();
        await using var _ = rig;
        await rig.UntilAsync("a first probe", async () => (string?)(await rig.Client.TryGetAsync("health")).Json?["status"] == "healthy");
        store.Unsent.UnionWith(["LoadAsync", "AppendAsync", "SaveAsync"]);

        var stop = await rig.Client.OrderAsync("kill-switch", new() { ["state"] = "on", ["reason"] = "it moves what it must not", ["by"] = "ana", ["requestId"] = "stop-1" });
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        var before = rig.Clock.GetUtcNow();
        await rig.UntilAsync("four minutes", () => rig.Clock.GetUtcNow() - before > TimeSpan.FromMinutes(4));

        Assert.Equal((503, "Stopped here only"), (stop.Status, (string?)stop.Json!["title"]));
        Assert.Equal(0, rig.AcceptedWrites);

        store.Heal();
        await rig.UntilAsync("the stop in the panel", async () => (await rig.Client.TryGetAsync("metrics")).Text.Contains($"reactor_writes_stopped{{cluster=\"{GuardedCluster.Name}\"}} 1", StringComparison.Ordinal));
        Assert.Equal(0, rig.AcceptedWrites);
    }

    private static async Task<(GuardedCluster Rig, LossyStore Store)> StartAsync()
    {
        var rig = await GuardedCluster.StartAsync(reactor: false);
        var lossy = LossyStore.Before(new SqliteStore(GuardedCluster.Name, new SqliteSettings { Path = rig.DatabasePath, Limits = new StateLimits { Durability = Durability.Relaxed } }, rig.Clock));
        rig.MoreServices = services => services.AddSingleton<IStateStore>(lossy);
        using (rig.Clock.Busy()) await rig.StartReactorAsync();
        return (rig, (LossyStore)(object)lossy);
    }
}
