using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Reads single settings, and keeps every fault and every name that was asked for.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    public const string SafeUrlExpected = "an absolute https URL (http only on loopback)";

    private const int MostValues = KeyRing.KeysPerRole;

    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SettingsFault> faults = [];

    public ImmutableArray<SettingsFault> Faults => [.. faults];

    public void Fault(string name, string found, string expected) => faults.Add(new SettingsFault(name, found, expected));

    /// <summary>Null when absent or empty: an empty value in a settings file means "not set".</summary>
    public string? Text(string name)
    {
        known.Add(name);
        return configuration[name]?.Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>
    /// The values of a key that may be two: one, or two as "new,old" or as NAME:0 and NAME:1, each with the name for its faults.
    /// </summary>
    public ImmutableArray<(string Name, string Text)> Values(string name)
    {
        var inOne = Text(name);
        (string Name, string Text)[] parts =
        [
            .. from child in configuration.GetSection(name).GetChildren()
               where int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _) && Text(child.Path) is not null
               select (child.Path, Text(child.Path)!),
        ];
        if (inOne is not null && parts.Length > 0)
            Fault(name, $"a value, and {parts[0].Name} too", "one of the two ways to write it");
        if (inOne is not null)
        {
            var split = inOne.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            parts = [.. split.Select((text, index) => (split.Length == 1 ? name : $"{name}:{index}", text))];
        }

        if (parts.Length > MostValues)
            Fault(name, $"{parts.Length} values", $"at most {MostValues}, the new one and the old one");
        return [.. parts];
    }

    /// <summary>"a, b" or name:0, name:1.</summary>
    public ImmutableArray<string> List(string name)
    {
        var items = new List<string>();
        if (Text(name) is { } inOne)
            items.AddRange(inOne.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        foreach (var child in configuration.GetSection(name).GetChildren())
        {
            if (!int.TryParse(child.Key, out _)) continue;
            if (Text(child.Path) is { } item) items.Add(item);
        }

        return [.. items];
    }

    public T Word<T>(string name, T otherwise)
        where T : struct, Enum
    {
        if (Text(name) is not { } text) return otherwise;
        foreach (var value in Enum.GetValues<T>())
        {
            if (text.Equals(value.ToString(), StringComparison.OrdinalIgnoreCase)) return value;
        }

        Fault(name, $"\"{text}\"", string.Join(" | ", Enum.GetValues<T>().Select(v => v.ToString().ToLowerInvariant())));
        return otherwise;
    }

    public bool Flag(string name)
    {
        if (Text(name) is not { } text) return false;
        if (bool.TryParse(text, out var flag)) return flag;
        Fault(name, $"\"{text}\"", "true | false");
        return false;
    }

    public int Number(string name, int least, int most, int otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Fault(name, $"\"{text}\"", $"a whole number from {least} to {most}");
        return otherwise;
    }

    public Uri? Url(string name)
    {
        if (Text(name) is not { } text) return null;
        if (SafeUrl(text) is { } url) return url;
        Fault(name, $"\"{text}\"", SafeUrlExpected);
        return null;
    }

    /// <summary>https, or http on loopback: what we send there holds secrets. Null when it is neither.</summary>
    public static Uri? SafeUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)) ? url : null;

    public string? ExistingFile(string name)
    {
        if (Text(name) is not { } path) return null;
        if (!File.Exists(path)) Fault(name, $"\"{path}\", which is not there", "the path of a file");
        return path;
    }

    public string Schedule(string name, string otherwise)
    {
        var text = Text(name) ?? otherwise;
        if (!Schedules.Schedule.TryParse(text, out _)) Fault(name, $"\"{text}\"", Schedules.Schedule.Expected);
        return text;
    }

    /// <summary>Call last: every name that nobody has asked for, and that was meant for us, is a fault.</summary>
    public void RefuseUnknown()
    {
        var unknown = new UnknownSettings(known);
        foreach (var source in (configuration as IConfigurationRoot)?.Providers.OfType<IOnlySettings>() ?? [])
            faults.AddRange(source.Names.Select(name => unknown.Meant(name, source)).OfType<SettingsFault>());
        var meant = IOnlySettings.NamesIn(configuration);
        faults.AddRange(configuration.AsEnumerable().Where(setting => setting.Value is not null && !meant.Contains(setting.Key))
            .Select(setting => unknown.Mistaken(setting.Key)).OfType<SettingsFault>());
    }
}
