using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class HostTests
{
    [Fact]
    public async Task The_timers_of_the_functions_run_in_the_injected_time()
    {
        await using var host = await RunningHost.StartAsync();
        for (var i = 0; i < 2000 && host.Time.Armed < 3; i++) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

        // Not only at the timer's tick: whoever was here before may have died in the middle of something.
        host.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 2000 && host.Loop.Runs == 0; i++) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        Assert.Equal(1, host.Loop.Runs);

        host.Time.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 2000
            && (host.Loop.Runs == 1 || host.Loop.Deliveries == 0); i++) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

        Assert.Equal(2, host.Loop.Runs);
        Assert.InRange(host.Loop.Deliveries, 1, 2);
    }

    [Fact]
    public async Task A_busy_port_is_said_clearly()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var host = StandaloneHost.Build(Options(port: ((IPEndPoint)taken.LocalEndpoint).Port));

        var fault = await Assert.ThrowsAsync<HostStartException>(() => host.StartAsync());

        Assert.Contains("--port", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_does_not_start_without_keys() =>
        Assert.Contains("Keys: found no key", Assert.Throws<SettingsException>(() => StandaloneHost.Build(Options(settings: []))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("http://*:7071")]
    [InlineData("http://0.0.0.0:7071")]
    [InlineData("http://[::]:7071")]
    [InlineData("http://127.0.0.1:7071;http://10.0.0.1:7071")]
    public void Insecure_only_goes_with_loopback(string urls)
    {
        var fault = Assert.Throws<SettingsException>(
            () => StandaloneHost.Build(Options(settings: new() { ["Insecure"] = "true", ["Urls"] = urls })));

        Assert.Equal("Insecure", Assert.Single(fault.Faults).Name);
    }

    [Theory]
    [InlineData(null, "this is not a pod")]
    [InlineData("http://api.example:6443", "expected an absolute https URL")]
    public void It_does_not_start_without_a_cluster_that_it_may_reach(string? server, string says)
    {
        var settings = new Dictionary<string, string?>(RunningHost.Keys) { ["Kubernetes:Server"] = server };
        var fault = Assert.Throws<SettingsException>(() => StandaloneHost.Build(new StandaloneOptions { Settings = settings, Port = 0 }));
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://localhost:7071;http://[::1]:7071")]
    public async Task Insecure_goes_with_every_name_of_loopback(string urls)
    {
        await using var host = StandaloneHost.Build(Options(settings: new() { ["Insecure"] = "true", ["Urls"] = urls }));

        Assert.True(host.Address.IsLoopback);
    }

    [Theory]
    [InlineData("https://127.0.0.1:7071")]
    [InlineData("7071")]
    public void An_address_it_can_not_serve_is_refused(string urls) =>
        Assert.Throws<SettingsException>(() => StandaloneHost.Build(Options(settings: new(RunningHost.Keys) { ["Urls"] = urls })));

    [Fact]
    public async Task Settings_come_from_local_settings_upwards_and_the_command_line_wins()
    {
        var root = Directory.CreateTempSubdirectory();
        var below = root.CreateSubdirectory("functions");
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "local.settings.json"), """
            { "IsEncrypted": false, "Values": { "Insecure": "true", "Cluster__Name": "from-file", "State:Path": "file.db", "Kubernetes:Server": "http://127.0.0.1:1", "Pages:None": "accepted" } }
            """);
        await using (var host = StandaloneHost.Build(new StandaloneOptions { Args = ["--port", "0", "--State:Path", "line.db"],
            ContentRoot = below.FullName, Logging = _ => { } }))
        {
            var settings = host.Services.GetRequiredService<ReactorSettings>();
            Assert.Equal(("from-file", "line.db", true), (settings.ClusterName, settings.Store.Path, settings.Insecure));
            Assert.Equal(0, host.Address.Port);
        }

        root.Delete(recursive: true);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"Values":5}""")]
    public async Task A_settings_file_that_can_not_be_read_is_named(string content)
    {
        var root = Directory.CreateTempSubdirectory();
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "local.settings.json"), content);

        var fault = Assert.Throws<SettingsException>(() => StandaloneHost.Build(new StandaloneOptions { ContentRoot = root.FullName }));

        Assert.Equal("local.settings.json", Assert.Single(fault.Faults).Name);
        root.Delete(recursive: true);
    }

    [Fact]
    public async Task The_sample_settings_start_the_host()
    {
        var root = Directory.CreateTempSubdirectory();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "local.settings.sample.json"), Path.Combine(root.FullName, "local.settings.json"));
        await using (var host = StandaloneHost.Build(new StandaloneOptions { Args = ["--port", "0"], ContentRoot = root.FullName,
            Logging = _ => { } }))
            Assert.Equal("http://127.0.0.1:8001/", host.Services.GetRequiredService<ReactorSettings>().Kubernetes.Server?.AbsoluteUri);

        root.Delete(recursive: true);
    }

    private static StandaloneOptions Options(Dictionary<string, string?>? settings = null, int? port = null) => new()
    {
        Settings = RunningHost.WithCluster(settings ?? RunningHost.Keys),
        Port = port,
        Logging = logging => logging.SetMinimumLevel(LogLevel.None),
        Configure = services => services.AddSingleton<IStateStore>(new FakeStore()).AddSingleton(new FakeLoop().Access),
    };
}
