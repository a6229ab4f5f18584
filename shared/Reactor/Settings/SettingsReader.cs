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

    /// <summary>For where nothing secret is sent.</summary>
    public Uri? PlainUrl(string name)
    {
        if (Text(name) is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return url;
        Fault(name, $"\"{text}\"", "an absolute http or https URL");
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

    /// <summary>
    /// Call last: everything in these sections that nobody has asked for is a fault. A bare word like STATE in the environment
    /// is somebody else's.
    /// </summary>
    /// <param name="sections">The first words of all settings of ours.</param>
    /// <param name="files">The settings that files of Secrets:Folder name: whatever stands there was meant for us.</param>
    public void RefuseUnknown(IReadOnlyCollection<string> sections, IReadOnlyCollection<string> files)
    {
        foreach (var file in files.Where(file => !known.Contains(file)))
            Fault(file, "a file of Secrets:Folder with this name, which is no setting", RemovedSettings.Of(file) ?? "files named like settings, with __ for : (Keys__Operator)");
        foreach (var (name, value) in configuration.AsEnumerable())
        {
            var parts = name.Split(':');
            if (value is null || parts.Length == 1 || known.Contains(name) || files.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (RemovedSettings.Of(name) is { } instead)
            {
                Fault(name, "a value", instead);
                continue;
            }

            if (!sections.Contains(parts[0], StringComparer.OrdinalIgnoreCase)) continue;
            var inSection = known.Where(other => other.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase)
                && !char.IsAsciiDigit(other[^1]));
            Fault(name, "a setting that nothing reads", $"one of {string.Join(", ", inSection.Order(StringComparer.Ordinal))}");
        }
    }
}
