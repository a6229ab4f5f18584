using System.Diagnostics;
using Sophia.Keda.Reactor.Integration.Tests.Homes;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>What a script or a command said, and how it ended.</summary>
internal sealed record Said(int Code, string Text)
{
    public void Ended(int code) => Assert.True(Code == code, $"exit code {Code}, expected {code}:\n{Text}");
}

/// <summary>A folder to work in, with kubectl's cache and a helm that only writes down what it is asked for.</summary>
internal sealed class Terminal : IDisposable
{
    public const string ScriptFolder = "infra/keda/scripts";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reactor-scripts-");

    public Terminal()
    {
        _folder.CreateSubdirectory("programs");
        Program("helm", $"if [ \"$1\" = version ]; then echo v3.18.4+gd80839c; else echo \"$*\" >>'{PathOf("helm-was-asked")}'; fi");
    }

    /// <summary>Set for every command: REACTOR_URL, say.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Where the scripts are; a copy of the platform's folder can take its place.</summary>
    public string Scripts { get; set; } = Shipped.PathOf(ScriptFolder);

    public string HelmWasAsked => File.Exists(PathOf("helm-was-asked")) ? File.ReadAllText(PathOf("helm-was-asked")) : "";

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A program of that name before the machine's own.</summary>
    public void Program(string name, string script)
    {
        using var chmod = Process.Start("chmod", ["+x", Write($"programs/{name}", $"#!/bin/bash\n{script}\n")]);
        chmod.WaitForExit();
    }

    /// <summary>kubectl is the machine's own, which is also "$own", but for what these lines of bash, which see its arguments, do before.</summary>
    public void BeforeKubectl(string lines)
    {
        var own = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "kubectl")).First(File.Exists);
        Program("kubectl", $"own='{own}'\n{lines}\nexec \"$own\" \"$@\"");
    }

    public Task<Said> ScriptAsync(string script, params string[] arguments) => RunAsync("bash", [Path.Combine(Scripts, script), .. arguments]);

    public async Task<Said> RunAsync(string program, string[] arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.FullName, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["KUBECONFIG"] = "/dev/null";
        start.Environment["HOME"] = _folder.FullName;
        // Hundreds of kubectl start here, each for a moment: they need no second thread and no garbage collection.
        (start.Environment["GOMAXPROCS"], start.Environment["GOGC"]) = ("1", "off");
        start.Environment["PATH"] = $"{PathOf("programs")}:{start.Environment["PATH"]}";
        foreach (var unset in new[] { "REACTOR_URL", "REACTOR_KEY", "PROM_URL", "KEDA_NAMESPACE" }) start.Environment.Remove(unset);
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, said + await errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
