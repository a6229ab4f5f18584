using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class StoreLossTests
{
    [Fact]
    public async Task While_the_state_cannot_be_written_an_alert_is_answered_503_and_once_it_can_the_same_alert_trips()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var alert = AlertBody.Of(AlertBody.Firing(
            "KEDAScalingOscillation", "a1", rig.Clock.GetUtcNow(), ("namespace", "sophia-mesh"), ("deployment", "sophia-ai-services")));

        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(rig.DatabasePath)!)) File.Delete(file);
        Directory.CreateDirectory(rig.DatabasePath);
        var refused = await rig.Client.AlertAsync(alert);
        var health = await rig.Client.TryGetAsync("health");
        var ready = await rig.Client.TryGetAsync("health/ready");

        Assert.Equal((503, "Store not available"), (refused.Status, (string?)refused.Json?["title"]));
        Assert.Equal((503, 503), (health.Status, ready.Status));
        Assert.Contains("the store can't be read", health.Text, StringComparison.Ordinal);
        Assert.Equal(0, rig.AcceptedWrites);

        Directory.Delete(rig.DatabasePath);
        var accepted = await rig.Client.AlertAsync(alert);

        Assert.Equal((202, 1), (accepted.Status, (int?)accepted.Json!["accepted"]));
        await rig.UntilAsync("the target on its fallback", () => rig.Target("sophia-ai-services").OnFallback());
    }
}
