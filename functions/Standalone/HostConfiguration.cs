using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>Where settings come from, the later over the earlier: local.settings.json, environment, command line.</summary>
internal static class HostConfiguration
{
    public const string PortKey = "Listen:Port";

    /// <returns>The faults of the command line.</returns>
    public static IReadOnlyList<SettingsFault> Fill(ConfigurationManager configuration, StandaloneOptions options, string contentRoot)
    {
        if (options.Settings is { } all)
        {
            configuration.Sources.Add(new GivenSettings(all));
            return [];
        }

        try
        {
            if (LocalSettings.Find(contentRoot) is { } file) configuration.Sources.Add(file);
        }
        catch (Exception fault) when (fault is InvalidDataException or FormatException)
        {
            var found = fault.InnerException?.Message ?? fault.Message;
            throw new SettingsException([new SettingsFault(LocalSettings.FileName, found, "settings as local.settings.sample.json shows them")]);
        }

        configuration.AddEnvironmentVariables();
        var line = CommandLine.Read(options.Args);
        configuration.Sources.Add(new GivenSettings(line.Settings, ", on the command line"));
        return line.Faults;
    }
}
