using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>rollback-keda.sh beside a reactor: one that does it, one that goes away over it, one that has something of its own under way.</summary>
public sealed class RollbackByReactorTests
{
    private const string Rollback = "rollback-keda.sh";

    [FactWithProgram("kubectl")]
    public async Task A_reactor_that_answers_is_asked_to_do_it_and_to_undo_it()
    {
        await using var rig = await GuardedCluster.StartAsync();
        using var terminal = new Terminal();
        terminal.Environment["REACTOR_URL"] = rig.Client.Address.AbsoluteUri;
        terminal.Environment["REACTOR_KEY"] = Client.KeyOf("operator");
        string[] server = ["--server", rig.Kubernetes.Address.AbsoluteUri];
        using (rig.InRealTime())
        {
            var said = await terminal.ScriptAsync(Rollback, [.. server, "--backup-dir", "backup"]);
            said.Ended(0);
            Assert.Contains("the reactor took a manual trip", said.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(Client.KeyOf("operator"), said.Text, StringComparison.Ordinal);
            Assert.All(rig.Look().Targets, target => Assert.True(target.OnFallback(), $"{target.Name} is not on its fallback"));
            Assert.All(rig.Look().Targets, target => Assert.True(target.Annotations.ContainsKey(Core.Annotations.Incident)));

            // KEDA is not well: the reactor refuses, and that is no success.
            rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        }

        await PassAsync(rig, TimeSpan.FromMinutes(3));
        using (rig.InRealTime())
        {
            var refused = await terminal.ScriptAsync(Rollback, [.. server, "--restore", "backup", "--force"]);
            refused.Ended(1);
            Assert.Contains("FAIL  the reactor refused the reset (409): Still unhealthy", refused.Text, StringComparison.Ordinal);
            rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        }

        await PassAsync(rig, TimeSpan.FromMinutes(2));
        using (rig.InRealTime())
        {
            (await terminal.ScriptAsync(Rollback, [.. server, "--restore", "backup"])).Ended(0);
        }

        await rig.UntilAsync("all with KEDA again", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
    }

    /// <summary>Its pods go just after the pause: paused, KEDA's HPA deleted, no fallback made. Nobody else would ever scale these.</summary>
    [FactWithProgram("kubectl")]
    public async Task What_a_reactor_that_is_gone_left_half_way_is_ended_in_its_name_and_it_knows_it_as_its_own()
    {
        await using var rig = await GuardedCluster.StartAsync();
        await rig.UntilAsync("a first probe", async () => (await rig.Client.TryGetAsync("breakers")).Status == 200);
        rig.Kubernetes.Change(cluster => cluster.Faults.Add(ApiFault.Error(503, when: request => request.Writes && request.Path.EndsWith("-fallback", StringComparison.Ordinal))));
        Assert.Equal(202, (await rig.Client.OrderAsync("breakers/trip", new JsonObject { ["scope"] = "cluster", ["reason"] = "test", ["by"] = "ana" })).Status);
        await rig.UntilAsync("all paused, none with an autoscaler", () => rig.Look().Targets.All(target => target.Paused == "true" && target.Hpas.IsEmpty));
        await rig.StopReactorAsync();
        rig.Kubernetes.Change(cluster => cluster.Faults.ClearApi());
        using var terminal = new Terminal();
        using (rig.InRealTime())
        {
            var dry = await terminal.ScriptAsync(Rollback, "--server", rig.Kubernetes.Address.AbsoluteUri, "--dry-run");
            dry.Ended(0);
            Assert.Contains("would: create HPA artemis-mesh/artemis-redis-scaler-fallback", dry.Text, StringComparison.Ordinal);
            Assert.All(rig.Look().Targets, target => Assert.Empty(target.Hpas));

            var said = await terminal.ScriptAsync(Rollback, "--server", rig.Kubernetes.Address.AbsoluteUri, "--backup-dir", "backup", "--timeout", "40");
            said.Ended(0);
            Assert.Contains("it is ended in its name", said.Text, StringComparison.Ordinal);
            Assert.All(rig.Look().Targets, target => Assert.True(target.OnFallback(), $"{target.Name} is not on its fallback:\n{said.Text}"));
            Assert.All(rig.Look().Targets, target => Assert.DoesNotContain(target.Annotations.Keys, key => key.StartsWith("rollback.", StringComparison.Ordinal)));
            var mine = rig.Look().Targets.SelectMany(target => target.Hpas.Select(hpa => hpa.Uid)).ToList();

            var restore = await terminal.ScriptAsync(Rollback, "--server", rig.Kubernetes.Address.AbsoluteUri, "--restore", "backup");
            Assert.Contains("which this did not order", restore.Text, StringComparison.Ordinal);
            Assert.Equal(mine, rig.Look().Targets.SelectMany(target => target.Hpas.Select(hpa => hpa.Uid)));
        }

        await rig.StartReactorAsync();
        await rig.UntilAsync("it takes an order", async () => (await rig.Client.OrderAsync("breakers/reset",
            new JsonObject { ["scope"] = "cluster", ["mode"] = "gradual", ["reason"] = "test", ["by"] = "ana" })).Status == 202);
        await rig.UntilAsync("all with KEDA again", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
    }

    [FactWithProgram("kubectl")]
    public async Task Only_what_the_run_tripped_is_given_back()
    {
        await using var rig = await GuardedCluster.StartAsync();
        await rig.UntilAsync("a first probe", async () => (await rig.Client.TryGetAsync("breakers")).Status == 200);
        // An incident of its own, of the reactor's own finding.
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOscillating("sophia-mesh", "sophia-ai-services", oscillating: true));
        await rig.UntilAsync("that one on its fallback", () => rig.Target("sophia-ai-services").OnFallback());
        using var terminal = new Terminal();
        terminal.Environment["REACTOR_URL"] = rig.Client.Address.AbsoluteUri;
        terminal.Environment["REACTOR_KEY"] = Client.KeyOf("operator");
        using (rig.InRealTime())
        {
            (await terminal.ScriptAsync(Rollback, "--server", rig.Kubernetes.Address.AbsoluteUri, "--backup-dir", "backup")).Ended(0);
            var restore = await terminal.ScriptAsync(Rollback, "--server", rig.Kubernetes.Address.AbsoluteUri, "--restore", "backup", "--dry-run");
            restore.Ended(0);
            Assert.Matches("would: POST .*/api/breakers/reset {\"scope\":\"incident\",\"incident\":\"[0-9]{8}-[0-9]{6}-manual\"", restore.Text);
            Assert.DoesNotContain("\"scope\":\"cluster\"", restore.Text, StringComparison.Ordinal);
            Assert.Contains("left alone: sophia-mesh/sophia-ai-services", restore.Text, StringComparison.Ordinal);
            (await terminal.ScriptAsync(Rollback, "--server", rig.Kubernetes.Address.AbsoluteUri, "--restore", "backup")).Ended(0);
        }

        await rig.UntilAsync("all others with KEDA again", () => rig.Look().Targets.All(target => target.Name == "sophia-ai-services" || target.WithKedaAlone()));
    }

    private static async Task PassAsync(GuardedCluster rig, TimeSpan time)
    {
        var until = rig.Clock.GetUtcNow() + time;
        await rig.UntilAsync($"{time} later", () => rig.Clock.GetUtcNow() >= until);
    }
}
