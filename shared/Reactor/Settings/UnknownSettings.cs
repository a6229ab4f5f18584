using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Tells the settings that nothing reads. A misspelt one that is passed over in silence is one that somebody believes in.</summary>
/// <param name="known">The names that were asked for.</param>
internal sealed class UnknownSettings(IReadOnlyCollection<string> known)
{
    private const string Nobody = "a setting that nothing reads";
    private const string OneOfAll = "a setting of local.settings.sample.json";

    /// <summary>So near to a section of ours is a first word meant as it. One edit leads from a word of five letters to another true word soon enough.</summary>
    private const int LongSection = 7;

    /// <summary>Where all names were meant for us; null when this one is known.</summary>
    public SettingsFault? Meant(string name, IOnlySettings source)
    {
        if (known.Contains(name) || (source.HoldsHosts && HostsOwn.Has(name))) return null;
        if (RemovedSettings.Of(name) is { } instead) return new SettingsFault(name, "a value", instead);
        return new SettingsFault(name, source.Unknown, Expected(name, source.HoldsHosts ? [.. Settings, .. HostsOwn.Known] : Settings));
    }

    /// <summary>
    /// Where others have theirs too; null when it is known or somebody else's. Only a name with sections can be ours: STATE alone is somebody
    /// else's. Its first word is then one of ours or nearly so, or what follows it is the setting of another first word.
    /// </summary>
    public SettingsFault? Mistaken(string name)
    {
        if (!name.Contains(':') || known.Contains(name) || HostsOwn.Has(name)) return null;
        if (RemovedSettings.Of(name) is { } instead) return new SettingsFault(name, "a value", instead);
        return NearSection(Section(name)) || Sharing(name).Any()
            ? new SettingsFault(name, Nobody, $"{Expected(name, Settings)} (one of another program has to go from this one's environment)")
            : null;
    }

    /// <summary>Of lists the name alone.</summary>
    private IReadOnlyList<string> Settings => field ??= [.. known.Where(name => !char.IsAsciiDigit(name[^1])).Order(StringComparer.Ordinal)];

    private string Expected(string name, IReadOnlyList<string> all)
    {
        if (Sharing(name).MinBy(other => EditDistance.Between(Section(name), Section(other))) is { } shares) return $"{OneOfAll}; did you mean {shares}?";

        // Where the first word is right, the rest alone says how near two names are.
        var inSection = all.Where(other => other.Contains(':') && Section(other).Equals(Section(name), StringComparison.OrdinalIgnoreCase)).ToList();
        var near = inSection.Count == 0 ? EditDistance.Nearest(name, all)
            : EditDistance.Nearest(Rest(name), inSection.Select(Rest)) is { } rest ? $"{Section(inSection[0])}:{rest}" : null;
        if (near is not null) return $"{OneOfAll}; did you mean {near}?";
        return inSection.Count == 0 ? OneOfAll : $"one of {string.Join(", ", inSection)}";
    }

    /// <summary>Page:Slack:WebhookUrl and Reactor:Pages:Slack:WebhookUrl. One word (Name, Url) is too little to be known by.</summary>
    private IEnumerable<string> Sharing(string name) => Rest(name) is var rest && rest.Contains(':')
        ? Settings.Where(other => rest.Equals(other, StringComparison.OrdinalIgnoreCase) || rest.Equals(Rest(other), StringComparison.OrdinalIgnoreCase))
        : [];

    private static bool NearSection(string word) => ReactorSettings.Sections.Any(section =>
        EditDistance.Between(word.ToUpperInvariant(), section.ToUpperInvariant()) <= (section.Length < LongSection ? 1 : 2));

    private static string Section(string name) => name.Split(':')[0];

    private static string Rest(string name) => name.IndexOf(':') is > 0 and var end ? name[(end + 1)..] : "";
}
