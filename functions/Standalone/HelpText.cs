using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>What --help and --version say; with either, nothing is started.</summary>
public static class HelpText
{
    private const string Help = """
        The reactor, served without Azure: a circuit breaker that stands beside KEDA.

        Usage:
          dotnet run --project functions [-- [--port N] [--Section:Name VALUE ...]]
          dotnet run --project functions -- verify-audit [--head NUMBER:HASH] [--Section:Name VALUE ...]
          dotnet run --project functions -- verify-audit FILE [--head NUMBER:HASH] [--anchor NUMBER:HASH]

        Commands:
          (none)         watches the cluster and serves http://127.0.0.1:7071/api until it is told to stop
          verify-audit   computes the hash chain of the audit trail in the store of these settings again,
                         or that of FILE, an export in JSON Lines

        Options:
          --port N       the port on 127.0.0.1, 7071 unless it is said; 0 for a free one.
                         Other addresses: --Urls "http://10.0.0.5:7071;http://127.0.0.1:7071"
          --help, -h     this
          --version      the version, and the commit where it was built from a clone

        Settings, the later over the earlier:
          local.settings.json, here or in a folder above    { "Values": { "Cluster:Name": "production" } }
          the environment                                   Cluster__Name=production
          the command line                                  --Cluster:Name production, or --Cluster:Name=production
          Secrets:Folder, a file a setting                  Keys__Operator
        local.settings.sample.json names every one, README.md says what they are. Unknown ones are refused.

        Exit codes:
          0   it was told to stop; verify-audit: the trail fits
          1   verify-audit: the trail does not fit
          2   it could not start, or a setting or flag was refused: the reason is on standard error
        """;

    /// <summary>Null when neither was asked for.</summary>
    public static string? Of(IReadOnlyList<string> args)
    {
        if (args.Any(word => word is CommandLine.Help or "-h" or "-?")) return Help;
        return args.Contains(CommandLine.Version) ? BuildVersion.WithCommit : null;
    }
}
