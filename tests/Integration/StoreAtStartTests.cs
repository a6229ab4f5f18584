using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>A store that can't be trusted ends the start with its own words; one that is not there yet does not.</summary>
public sealed class StoreAtStartTests
{
    [FactWithProgram(RedisServer.Program)]
    public async Task A_redis_that_forgets_at_a_restart_is_refused_unless_the_settings_accept_it()
    {
        using var redis = new RedisServer("--appendonly", "no");
        redis.Start();
        var settings = new Dictionary<string, string?> { ["State:Redis:Endpoints"] = redis.Endpoint };

        var refused = await Assert.ThrowsAsync<HostStartException>(() => StartAsync(settings));
        Assert.Contains("it would keep less than an answer 202 promises", refused.Message);
        Assert.Contains("State:Durability = relaxed (now standard)", refused.Message);

        await StartAsync(new(settings) { ["State:Durability"] = "relaxed" });
    }

    [Fact]
    public async Task A_state_file_that_is_damaged_is_a_store_that_is_down_and_is_left_as_it_is()
    {
        var file = Path.GetTempFileName();
        var content = new string('x', 5_000);
        await File.WriteAllTextAsync(file, content);

        await StartAsync(new() { ["State:Path"] = file });

        Assert.Equal(content, await File.ReadAllTextAsync(file));
        File.Delete(file);
    }

    [Fact]
    public async Task A_state_file_of_something_else_is_refused_and_left_as_it_is()
    {
        var file = Path.GetTempFileName();
        Sql.Run(file, "CREATE TABLE bills (amount INTEGER)");
        var before = await File.ReadAllBytesAsync(file);

        var refused = await Assert.ThrowsAsync<HostStartException>(() => StartAsync(new() { ["State:Path"] = file }));

        Assert.Contains($"The state file {file} can't be read", refused.Message);
        Assert.Equal(before, await File.ReadAllBytesAsync(file));
        File.Delete(file);
    }

    [Fact]
    public async Task A_store_that_is_not_there_yet_does_not_keep_it_from_starting() =>
        await StartAsync(new() { ["State:Redis:Endpoints"] = $"127.0.0.1:{FreePort.Take()}" });

    private static async Task StartAsync(Dictionary<string, string?> store)
    {
        var settings = new Dictionary<string, string?>(RunningHost.Keys) { ["Kubernetes:Server"] = "http://127.0.0.1:1" };
        foreach (var (name, value) in store) settings[name] = value;
        await using var host = StandaloneHost.Build(new StandaloneOptions { Settings = settings, Port = 0, Logging = _ => { } });
        await host.StartAsync();
        await host.StopAsync();
    }
}
