using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.Rotation;

public sealed class LocalSettingsReloadTests : IDisposable
{
    private const string Old = "the-old-key-of-a-viewer";
    private const string New = "the-new-key-of-a-viewer";

    private readonly string folder = Directory.CreateTempSubdirectory("reactor-local-").FullName;
    private readonly ConcurrentQueue<string> log = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_half_written_file_changes_nothing_and_is_told_and_a_whole_one_counts_at_once()
    {
        Write(Text(Old));
        await using var host = StandaloneHost.Build(new StandaloneOptions
        {
            Args = ["--port", "0"],
            ContentRoot = folder,
            Logging = logging => logging.AddProvider(new RunningHost.Recorder(log)),
            Configure = services => services.AddSingleton<IStateStore>(new FakeStore()).AddSingleton(new FakeLoop().Access),
        });
        await host.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        Assert.Equal(200, await ViewAsync(http, Old));

        Write(Text(New)[..60]);
        await UntilAsync(() => Task.FromResult(log.Any(line => line.Contains("local.settings.json can't be read: no JSON in line", StringComparison.Ordinal))));
        Assert.Equal((200, 401), (await ViewAsync(http, Old), await ViewAsync(http, New)));

        Write(Text(New + "," + Old));
        await UntilAsync(async () => await ViewAsync(http, New) == 200);
        Assert.Equal(200, await ViewAsync(http, Old));
        Write(Text(New));
        await UntilAsync(async () => await ViewAsync(http, Old) == 401);
        Assert.Equal(200, await ViewAsync(http, New));
        Assert.DoesNotContain(log, line => line.Contains("-key-of-a-viewer", StringComparison.Ordinal));
    }

    private static string Text(string key) =>
        $$"""{ "Values": { "Keys:Viewer": "{{key}}", "Memory:Key": "some-key-that-signs", "Kubernetes:Server": "http://127.0.0.1:1", "Pages:None": "accepted" } }""";

    private void Write(string text) => File.WriteAllText(Path.Combine(folder, "local.settings.json"), text);

    private static async Task<int> ViewAsync(HttpClient http, string key)
    {
        using var response = await http.GetAsync($"api/incidents?code={key}");
        return (int)response.StatusCode;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var left = 1_000; !await holds(); left--)
        {
            Assert.True(left > 0, "It took too long.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
