using System.Diagnostics;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>
/// What Bicep itself says of every file: nothing, no warning either. tests/run.sh brings it; it asks no network, since no file names a
/// module of a registry.
/// </summary>
public sealed class BicepCompilerTests : IDisposable
{
    /// <summary>A file, what stands in it, what stands there instead, and the code by which Bicep names the fault.</summary>
    private static readonly (string File, string What, string By, string Code)[] Planted =
    [
        ("main.bicep", "identity.outputs.principalId", "identity.outputs.objectId", "BCP053"),
        ("main.bicep", "    blobEndpoint: storage.outputs.blobEndpoint\n", "", "BCP035"),
        ("main.bicep", "sku: size.storageSku", "skew: size.storageSku", "BCP037"),
        ("main.bicep", "'modules/plan.bicep'", "'modules/plans.bicep'", "BCP091"),
        ("main.bicep", "slackWebhookUrl string = ''", "slackWebhookUrl string = 'https://hooks'", "secure-parameter-default"),
        ("events.bicep", "param topicName string", "param topicName string\nparam unused string", "no-unused-params"),
        ("modules/redis.bicep", "string = cluster.id", "string = database.listKeys().primaryKey", "outputs-should-not-contain-secrets"),
        ("modules/events-subscription.bicep", "        #disable-next-line use-secure-value-for-secure-inputs\n", "",
            "use-secure-value-for-secure-inputs"),
        ("given.bicepparam", "param topicName = 'topic'", "param topicNam = 'topic'", "BCP259"),
    ];

    private readonly string _work = Directory.CreateTempSubdirectory("bicep-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [FactWithProgram("bicep")]
    public async Task Every_file_compiles_and_no_linter_rule_has_a_word_to_say()
    {
        var said = await SaidOfAsync(AzureFolder.InRepository());

        Assert.Empty(said);
        Assert.Equal(Files(AzureFolder.InRepository(), "*.bicep"), Files(_work, "*.json"));
    }

    [FactWithProgram("bicep")]
    public async Task Planted_faults_are_found()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_work, "planted")).FullName;
        var shipped = AzureFolder.InRepository();
        foreach (var file in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
        {
            if (Path.GetExtension(file) is not (".bicep" or ".json")) continue;
            var to = Path.Combine(folder, Path.GetRelativePath(shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "given.bicepparam"), """
            using 'events.bicep'
            param topicName = 'topic'
            param vaultName = 'vault'
            param appHostName = 'host'
            """);
        foreach (var (file, what, by, _) in Planted)
        {
            var text = await File.ReadAllTextAsync(Path.Combine(folder, file));
            Assert.Contains(what, text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, file), text.Replace(what, by, StringComparison.Ordinal));
        }

        var said = await SaidOfAsync(folder);

        Assert.All(Planted, fault => Assert.Contains(said, line =>
            line.StartsWith($"{Path.Combine(folder, fault.File)}(", StringComparison.Ordinal)
            && line.Contains($" {fault.Code}: ", StringComparison.Ordinal)));
    }

    /// <summary>All that is said of the files in a folder: the exit code tells of errors only. A build has the linter in it.</summary>
    private async Task<IReadOnlyList<string>> SaidOfAsync(string folder) =>
    [
        .. await RunAsync(folder, "build", "--pattern", "**/*.bicep", "--no-restore", "--outdir", _work),
        .. await RunAsync(folder, "build-params", "--pattern", "**/*.bicepparam", "--no-restore", "--outdir", _work),
    ];

    private static async Task<IReadOnlyList<string>> RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Programs.Find("bicep")!, arguments)
        {
            WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var bicep = Process.Start(start)!;
        var said = await Task.WhenAll(bicep.StandardOutput.ReadToEndAsync(), bicep.StandardError.ReadToEndAsync());
        await bicep.WaitForExitAsync();
        List<string> lines = [.. string.Concat(said).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (bicep.ExitCode != 0 && lines.Count == 0) lines.Add($"bicep {string.Join(' ', arguments)} ended with {bicep.ExitCode}");
        return lines;
    }

    /// <summary>From the folder, without what the name ends with.</summary>
    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Select(file => Path.ChangeExtension(Path.GetRelativePath(folder, file), null)).Order(StringComparer.Ordinal);
}
