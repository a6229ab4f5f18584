using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Contracts.Tests.Settings;

namespace Sophia.Keda.Reactor.Integration.Tests.Rotation;

public sealed class SecretRotationTests
{
    private const string First = "sophia-ai-services";
    private const string Second = "artemis-redis-scaler";

    [FactWithProgram(RedisServer.Program)]
    public async Task Every_secret_is_replaced_while_the_host_runs_and_no_page_is_lost()
    {
        await using var rig = await RotationRig.StartAsync();

        // With the old ones.
        Assert.Equal((200, 401), (await rig.ViewAsync("old"), await rig.ViewAsync("new")));
        Assert.Equal(202, await rig.OrderAsync("trip", "old", First));
        await rig.Cluster.UntilAsync("the first target on its fallback", () => rig.Cluster.Target(First).OnFallback());
        await rig.Cluster.UntilAsync("its pages", () => Slack(rig, "old") > 0 && PagerDuty(rig, "old").StartsWith("trigger", StringComparison.Ordinal));
        Assert.NotNull(Memory(rig, First, "old"));

        // Both of the keys that may be two, the old ones of the others.
        rig.Mount.Swap(RotationRig.Files("old", "new", "old"));
        await rig.Cluster.UntilAsync("the new keys", async () => await rig.ViewAsync("new") == 200);
        Assert.Equal(200, await rig.ViewAsync("old"));
        Assert.Equal(202, await rig.OrderAsync("trip", "old", Second));
        await rig.Cluster.UntilAsync("the second target on its fallback", () => rig.Cluster.Target(Second).OnFallback());
        await rig.Cluster.UntilAsync("what the old key signed, signed anew", () => Memory(rig, First, "new") is not null && Memory(rig, Second, "new") is not null);
        await rig.Cluster.UntilAsync("news by the new routing key", () => PagerDuty(rig, "new").StartsWith("trigger", StringComparison.Ordinal));

        // The others are new here, then there. The old webhook is taken back before: the page that it was refused for goes by the new one.
        rig.Cluster.Receivers.Log.Fail("slack", new ChannelFailure(404, "no_service", int.MaxValue));
        Assert.Equal(202, await rig.OrderAsync("reset", "new", Second));
        await rig.Cluster.UntilAsync("a page that the old webhook refuses", () => rig.Cluster.Receivers.Log.All().Any(message => message.AnsweredWith == 404));
        rig.Mount.Swap(RotationRig.Files("new", "new", "old"));
        await rig.Cluster.UntilAsync("the new values", () => rig.Log.Any(line => line.Contains("State:Redis:Password was reloaded; one value is in use now", StringComparison.Ordinal)));
        rig.Cluster.Receivers.Log.Fail("slack", new ChannelFailure(404, "no_service", 0));
        rig.TurnPeers();
        await rig.Cluster.UntilAsync("the store with its new password", rig.HealthyAsync);
        await rig.Cluster.UntilAsync("the refused page by the new webhook", () => Slack(rig, "new") > 0);
        Assert.Equal(202, await rig.OrderAsync("reset", "new", First));
        await rig.Cluster.UntilAsync("all back with KEDA", () => rig.Cluster.Target(First).WithKedaAlone() && rig.Cluster.Target(Second).WithKedaAlone());
        await rig.Cluster.UntilAsync("a resolve with each key", () => PagerDuty(rig, "old").EndsWith("resolve", StringComparison.Ordinal) && PagerDuty(rig, "new").EndsWith("resolve", StringComparison.Ordinal));

        // Only the new ones here.
        rig.Mount.Swap(RotationRig.Files("new", "new"));
        await rig.Cluster.UntilAsync("the end of the old keys", async () => await rig.ViewAsync("old") == 401);
        rig.CutRedis();
        await rig.Cluster.UntilAsync("the store", rig.HealthyAsync);
        var oldPages = (Slack(rig, "old"), PagerDuty(rig, "old"));
        Assert.Equal((401, 202), (await rig.OrderAsync("trip", "old", First), await rig.OrderAsync("trip", "new", First)));
        await rig.Cluster.UntilAsync("the first target on its fallback again", () => rig.Cluster.Target(First).OnFallback());
        await rig.Cluster.UntilAsync("its page", () => PagerDuty(rig, "new").Contains("resolve trigger", StringComparison.Ordinal));
        Assert.Equal(oldPages, (Slack(rig, "old"), PagerDuty(rig, "old")));
        Assert.NotNull(Memory(rig, First, "new"));

        // Nonsense and nothing change nothing.
        var broken = RotationRig.Files("new", "new");
        broken.Remove("Keys__Viewer");
        broken["Pages__Slack__WebhookUrl"] = "http://not-safe.example/hook-new-secret";
        broken["Keys__Typo"] = "the-new-key-of-the-operator";
        broken["notes.txt"] = "the-new-key-of-the-operator";
        rig.Mount.Swap(broken);
        await rig.Cluster.UntilAsync("words about it", () => rig.Log.Any(line => line.Contains("Keys:Viewer is gone", StringComparison.Ordinal)));
        Assert.Equal(200, await rig.ViewAsync("new"));
        Assert.Contains(rig.Log, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("Pages:Slack:WebhookUrl: found another value", StringComparison.Ordinal));
        Assert.Contains(rig.Log, line => line.Contains("Keys:Typo", StringComparison.Ordinal));
        Assert.Contains(rig.Log, line => line.Contains("notes.txt", StringComparison.Ordinal));

        Assert.Contains(rig.Log, line => line.Contains("Memory:Key was reloaded; two values are in use now", StringComparison.Ordinal));
        Assert.All(RotationRig.AllSecrets, secret => Assert.DoesNotContain(rig.Log, line => line.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_that_names_no_setting_keeps_the_host_from_starting_together_with_every_other_fault()
    {
        using var mount = new SecretMount(new() { ["Keys__Operater"] = "a-key-that-is-long-enough", ["Memory__Key"] = "short" });
        var settings = RunningHost.WithCluster(RunningHost.Keys);
        settings["Secrets:Folder"] = mount.Path;

        var fault = Assert.Throws<SettingsException>(() => StandaloneHost.Build(new StandaloneOptions { Settings = settings, Port = 0 }));

        Assert.Equal(["Keys:Operater", "Memory:Key"], fault.Faults.Select(f => f.Name).Order());
        Assert.DoesNotContain("a-key-that", fault.Message, StringComparison.Ordinal);
    }

    private static int Slack(RotationRig rig, string age) => rig.Cluster.Receivers.Log.All().Count(message => message.Path == $"/slack/hook-{age}-secret" && message.AnsweredWith == 200);

    /// <summary>What PagerDuty took with this key, in order.</summary>
    private static string PagerDuty(RotationRig rig, string age) => string.Join(' ', rig.Cluster.Pages("pagerduty")
        .Where(page => (string?)page["routing_key"] == RotationRig.RoutingKey(age)).Select(page => (string?)page["event_action"]));

    private static Core.TargetMemory? Memory(RotationRig rig, string target, string age)
    {
        var found = rig.Cluster.Target(target);
        return found.Annotations.TryGetValue(Core.Annotations.Memory, out var text) ? RotationRig.Signer(age).Verify(text, found.Uid).Memory : null;
    }
}
