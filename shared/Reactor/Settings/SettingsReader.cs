using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Reads single settings, and keeps every fault and every name that was asked for.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
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

    public Secret? Secret(string name, int shortest)
    {
        if (Text(name) is not { } text) return null;
        if (text.Length < shortest) Fault(name, $"{text.Length} characters", $"at least {shortest} characters");
        return new Secret(text);
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
        if (int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Fault(name, $"\"{text}\"", $"a whole number from {least} to {most}");
        return otherwise;
    }

    /// <summary>https, or http on loopback: what we send there holds secrets.</summary>
    public Uri? Url(string name, bool secret = false)
    {
        if (Text(name) is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)))
            return url;
        Fault(name, secret ? "another value" : $"\"{text}\"", "an absolute https URL (http only on loopback)");
        return null;
    }

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
    public void RefuseUnknown(params string[] sections)
    {
        foreach (var (name, value) in configuration.AsEnumerable())
        {
            var parts = name.Split(':');
            if (value is null || parts.Length == 1 || known.Contains(name)) continue;
            if (!sections.Contains(parts[0], StringComparer.OrdinalIgnoreCase)) continue;
            var inSection = known.Where(other => other.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase)
                && !char.IsAsciiDigit(other[^1]));
            Fault(name, "a setting that nothing reads", $"one of {string.Join(", ", inSection.Order(StringComparer.Ordinal))}");
        }
    }
}
