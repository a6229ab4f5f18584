using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>Releases of KEDA that were looked at (the table is infra/sandbox/Keda/Versions/KedaTable.cs), and what older ones do otherwise.</summary>
internal static partial class KedaRelease
{
    public const int Oldest = 13;
    public const int Newest = 20;

    /// <summary>From which release on it is otherwise; the sources are KEDA's own change log.</summary>
    private static readonly ImmutableArray<(int Since, string Before)> Differences =
    [
        (11, "the annotation autoscaling.keda.sh/paused alone does not pause"),
        (13, "paused: \"false\" pauses too (#5215), so a deaf operator can't be woken at hand-back"),
    ];

    /// <summary>major.minor of a label or an image; null when that names none (a digest, main, latest).</summary>
    public static (int Major, int Minor, string Text)? Of(string? label, string? image)
    {
        // What is in the image runs, whatever the label says; mirrors often keep the tag.
        var tag = image?.Split('@')[0] is { } name && name.LastIndexOf(':') is var colon && colon > name.LastIndexOf('/') ? name[(colon + 1)..] : null;
        return Parse(tag) ?? Parse(label);
    }

    /// <summary>WATCH_LABEL_SELECTOR counts (#7816); also where the release can't be told, since nobody else sets it.</summary>
    public static bool LooksAtLabels((int Major, int Minor, string Text)? found) => found is not var (major, minor, _) || (major, minor).CompareTo((2, 21)) >= 0;

    /// <summary>Null when there is nothing to say.</summary>
    public static Finding? Judge((int Major, int Minor, string Text)? found)
    {
        if (found is not var (major, minor, text))
            return new Finding(FindingKind.Note, HealthStatus.Healthy, $"KEDA's version can't be told by its label or image: it is taken for 2.{Newest}");
        var known = (major, minor).CompareTo((2, Oldest)) >= 0;
        if (known && (major, minor).CompareTo((2, Newest)) <= 0)
            return null;
        if (known)
            return new Finding(FindingKind.Differs, HealthStatus.Healthy, $"KEDA {text} is newer than 2.{Newest}, the newest that was looked at: what it does otherwise is not known");
        var otherwise = Differences.Where(d => (major, minor).CompareTo((2, d.Since)) < 0).Select(d => d.Before);
        return new Finding(FindingKind.Differs, HealthStatus.Degraded,
            $"KEDA {text} is older than 2.{Oldest}, the oldest that was looked at. Before that {string.Join("; ", otherwise)}");
    }

    private static (int Major, int Minor, string Text)? Parse(string? text) =>
        text is not null && Version().Match(text) is { Success: true } match
            ? (int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups["minor"].Value, CultureInfo.InvariantCulture), text.TrimStart('v'))
            : null;

    [GeneratedRegex(@"\Av?(?<major>\d{1,4})\.(?<minor>\d{1,4})(\.|-|\+|\z)", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex Version();
}
