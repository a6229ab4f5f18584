using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

if (HelpText.Of(args) is { } asked)
{
    Console.WriteLine(asked);
    return 0;
}

try
{
    if (args is [VerifyAuditCommand.Name, ..])
        return await VerifyAuditCommand.RunAsync(args[1..], Console.Out, CancellationToken.None);
    await using var host = StandaloneHost.Build(new StandaloneOptions { Args = args });
    await host.RunAsync();
    return 0;
}
catch (OperationCanceledException)
{
    // Told to stop before it had started: that is no crash.
    return 0;
}
catch (Exception fault) when (fault is SettingsException or HostStartException or StoreUnavailableException)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return 2;
}
