using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

public sealed class BaselineTests
{
    private const string Baseline = "metrics-baseline.sh";

    [FactWithProgram("kubectl")]
    public async Task It_records_what_scales_what_and_how_long_it_takes_and_compares_with_an_older_one()
    {
        await using var world = await ScriptCluster.StartAsync();
        world.Fault(faults => faults.SetDemand("artemis-mesh", "artemis-redis-scaler", 6));

        (await world.ScriptAsync(Baseline, "--out", "old.json")).Ended(0);
        var old = Read(world, "old.json");
        var artemis = Workload(old, "artemis-mesh/Deployment/artemis-orchestrator");
        Assert.Equal(("keda-hpa-artemis-redis-scaler", 2, 20), ((string?)artemis["hpa"], (int)artemis["min"]!, (int)artemis["max"]!));
        Assert.Equal(world.Target("artemis-redis-scaler").Replicas, (int)artemis["replicas"]!);
        Assert.Equal(4, old["targets"]!.AsArray().Count);

        const string Deployments = "/apis/apps/v1/deployments";
        var before = world.Answered(Deployments);
        var watched = world.ScriptAsync(Baseline, "--out", "new.json", "--watch", "10", "--compare", "old.json", "--namespace", "artemis-mesh");
        while (world.Answered(Deployments) == before) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        // It has looked. An HPA syncs every 15 s, by a clock that runs eight times as fast.
        world.Fault(faults => faults.SetDemand("artemis-mesh", "artemis-redis-scaler", 14));
        var said = await watched;

        said.Ended(0);
        var now = Workload(Read(world, "new.json"), "artemis-mesh/Deployment/artemis-orchestrator");
        Assert.InRange((int)now["scale_up_seconds"]!, 0, 10);
        Assert.True((int)now["replicas"]! > (int)artemis["replicas"]!, $"{said.Text}");
        Assert.Contains("old.json", said.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sophia-mesh", said.Text, StringComparison.Ordinal);
        Assert.Empty(world.Writes);
    }

    [FactWithProgram("kubectl")]
    public async Task A_dry_run_leaves_no_file_and_another_file_is_not_taken_for_a_baseline()
    {
        await using var world = await ScriptCluster.StartAsync();

        (await world.ScriptAsync(Baseline, "--dry-run")).Ended(0);
        Assert.Empty(Directory.GetFiles(world.Terminal.PathOf(""), "*.json"));

        var foreign = await world.ScriptAsync(Baseline, "--compare", world.Terminal.Write("some.json", "{}"));
        foreign.Ended(2);
        Assert.Contains("was not made by this script", foreign.Text, StringComparison.Ordinal);
    }

    private static JsonNode Read(ScriptCluster world, string name) => JsonNode.Parse(File.ReadAllText(world.Terminal.PathOf(name)))!;

    private static JsonNode Workload(JsonNode baseline, string name) => baseline["targets"]!.AsArray().Single(target => (string?)target!["workload"] == name)!;
}
