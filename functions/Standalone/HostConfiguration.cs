using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>Where settings come from, the later over the earlier: local.settings.json, environment, command line.</summary>
internal static class HostConfiguration
{
    public const string PortKey = "Listen:Port";

    private static readonly Dictionary<string, string> Switches = new() { ["--port"] = PortKey };

    public static void Fill(ConfigurationManager configuration, StandaloneOptions options, string contentRoot)
    {
        if (options.Settings is { } all)
        {
            configuration.AddInMemoryCollection(all);
            return;
        }

        Try(LocalSettings.FileName, "settings as local.settings.sample.json shows them", () =>
        {
            if (LocalSettings.Find(contentRoot) is { } file) configuration.Sources.Add(file);
        });
        configuration.AddEnvironmentVariables();
        Try("the command line", "--port N, or settings like --Section:Name value",
            () => configuration.AddCommandLine(options.Args, Switches));
    }

    private static void Try(string what, string expected, Action add)
    {
        try
        {
            add();
        }
        catch (Exception fault) when (fault is InvalidDataException or FormatException)
        {
            throw new SettingsException([new SettingsFault(what, fault.InnerException?.Message ?? fault.Message, expected)]);
        }
    }
}
