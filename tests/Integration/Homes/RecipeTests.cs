using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Monitoring;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

public sealed class RecipeTests
{
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(7);

    /// <summary>Longer than the two minutes that a dead operator takes to count, and than any page may wait before an alert says so.</summary>
    private static readonly TimeSpan Dead = TimeSpan.FromMinutes(12);

    private static readonly TimeSpan After = TimeSpan.FromMinutes(8);

    [FactWithProgram("promtool")]
    public async Task Whoever_follows_it_is_paged_and_no_shipped_alert_fires_in_calm_or_while_the_operator_is_dead()
    {
        await using var rig = await GuardedCluster.StartAsync(reactor: false);
        await using var recipe = await Recipe.StartAsync(rig);
        var scraped = new Scrapes(rig.Clock.GetUtcNow());
        await PlayAsync(rig, recipe, scraped, Calm);
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await PlayAsync(rig, recipe, scraped, Dead);
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        await PlayAsync(rig, recipe, scraped, After);

        // What it says on its channels, and that it writes nothing: without it the alerts below would have nothing to be about.
        Assert.NotEmpty(rig.Pages("slack"));
        Assert.NotEmpty(rig.PagerDuty());
        Assert.Equal(0, rig.AcceptedWrites);
        Assert.Equal("", await scraped.FiringAsync());
        Assert.Equal("ReactorWatchdogSilent", await scraped.Without("reactor_watchdog_last_timestamp_seconds").FiringAsync());
    }

    [Fact]
    public async Task With_its_namespaces_the_shipped_rights_are_enough_and_without_them_they_are_not()
    {
        Assert.StartsWith("preflight: all ", Assert.Single(await PreflightAsync()), StringComparison.Ordinal);

        Assert.Contains(
            await PreflightAsync(without: "Kubernetes__Namespaces"),
            said => said.StartsWith("preflight: may not ", StringComparison.Ordinal) && !said.Contains("in namespace", StringComparison.Ordinal));
    }

    [Fact]
    public void It_names_a_sample_of_a_policy_and_begins_with_observing()
    {
        Assert.Contains($"[this sample]({Recipe.Written["Policy__File"]})", Shipped.Text("README.md"), StringComparison.Ordinal);
        Assert.Equal("observe", Recipe.Written["Policy__Mode"]);
        Assert.Contains("Kubernetes__Namespaces", Recipe.Written.Keys);
    }

    /// <summary>As the shipped ServiceMonitor scrapes it and the shipped route sends the Watchdog.</summary>
    private static async Task PlayAsync(GuardedCluster rig, Recipe recipe, Scrapes scraped, TimeSpan during)
    {
        for (var end = scraped.Next + during; scraped.Next < end;)
        {
            var wait = scraped.Next - rig.Clock.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait, rig.Clock);
            if (scraped.Count % 2 == 0)
                Assert.Equal(202, (await recipe.Client.AlertAsync(AlertBody.Of(AlertBody.Firing("Watchdog", "0", rig.Started)))).Status);
            scraped.Add(await recipe.MetricsAsync());
        }
    }

    private static async Task<IReadOnlyList<string>> PreflightAsync(params string[] without)
    {
        await using var rig = await GuardedCluster.StartAsync(reactor: false);
        await using var recipe = await Recipe.StartAsync(rig, without);
        List<string> said = [];
        await rig.UntilAsync("a preflight", async () =>
        {
            var reasons = (await recipe.Client.GetAsync("health"))["reasons"]!.AsArray().Select(reason => (string)reason!["text"]!);
            said = [.. reasons.Where(text => text.StartsWith("preflight: ", StringComparison.Ordinal))];
            return said.Any(text => text.StartsWith("preflight: all ", StringComparison.Ordinal) || text.StartsWith("preflight: may not ", StringComparison.Ordinal));
        });
        return said;
    }
}
