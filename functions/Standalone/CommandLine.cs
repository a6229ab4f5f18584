using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>
/// The host's own command line. .NET's reader of one passes over what it does not know, takes the next flag for the value of one that has
/// none, and a stray word for nothing: a host told --prot 7098 would serve the default port.
/// </summary>
/// <param name="Settings">By name.</param>
/// <param name="Faults">All that it can't be read for.</param>
internal sealed record CommandLine(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<SettingsFault> Faults)
{
    public const string Port = "--port";
    public const string Help = "--help";
    public const string Version = "--version";

    private const string Expected = "--port N, or a setting as --Section:Name VALUE; --help says more";

    /// <summary>The flags that are no Section:Name.</summary>
    private static readonly string[] Flags = [Port, Help, Version, "--Insecure", "--Urls"];

    public static CommandLine Read(IReadOnlyList<string> args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var faults = new List<SettingsFault>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!IsFlag(args[i]))
            {
                faults.Add(Stray(args, i));
                continue;
            }

            var (flag, value) = args[i].IndexOf('=') is > 0 and var end ? (args[i][..end], args[i][(end + 1)..]) : (args[i], null);
            if (value is null && i + 1 < args.Count && !IsFlag(args[i + 1])) value = args[++i];
            if (Fault(flag, value) is { } fault)
                faults.Add(fault);
            else
                settings[NameOf(flag)] = value;
        }

        return new CommandLine(settings, faults);
    }

    private static bool IsFlag(string word) => word.StartsWith("--", StringComparison.Ordinal);

    private static string NameOf(string flag) =>
        Is(flag, Port) ? HostConfiguration.PortKey : flag[2..].Replace("__", ConfigurationPath.KeyDelimiter);

    private static SettingsFault? Fault(string flag, string? value)
    {
        var name = NameOf(flag);
        if (!name.Contains(':') && !HostsOwn.Has(name) && !Is(flag, "--Insecure"))
            return new SettingsFault(flag, "a flag that nothing reads", Expected + DidYouMean(flag, Flags));
        return value is null ? new SettingsFault(flag, "no value", $"{flag} VALUE; one that begins with -- as {flag}=VALUE") : null;
    }

    /// <summary>What follows a value may be the rest of it, and that of a secret is not said.</summary>
    private static SettingsFault Stray(IReadOnlyList<string> args, int at)
    {
        if (at > 0)
        {
            return new SettingsFault(
                "the command line", $"a stray word, number {at + 1}", $"{Expected}. A value with spaces stands in quotes");
        }

        var (word, known) = (args[0].Split('=')[0], Flags.Append(VerifyAuditCommand.Name));
        return new SettingsFault(
            Text.Clean(word, 100), "a stray word", $"{VerifyAuditCommand.Name}, {Expected}{DidYouMean(word, known)}");
    }

    private static string DidYouMean(string word, IEnumerable<string> known) =>
        EditDistance.Nearest(word, known) is { } near ? $"; did you mean {near}?" : "";

    private static bool Is(string flag, string other) => flag.Equals(other, StringComparison.OrdinalIgnoreCase);
}
