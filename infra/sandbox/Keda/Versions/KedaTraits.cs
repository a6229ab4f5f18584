using System.Collections.Frozen;
using System.Globalization;

namespace Sophia.Keda.Reactor.Sandbox.Keda.Versions;

/// <summary>How one release behaves: as the table's newest column that is not newer than it.</summary>
public sealed class KedaTraits
{
    private readonly FrozenSet<KedaTrait> _has;

    private KedaTraits(string column)
    {
        var at = KedaTable.Versions.IndexOf(column);
        _has = KedaTable.Rows.Where(row => row.Cells[at].Holds ?? row.Cells[^1].Holds!.Value).Select(row => row.Trait).ToFrozenSet();
    }

    /// <param name="version">Such as 2.18 or 2.18.3; anything that is no number (main, a digest) counts as the newest.</param>
    /// <exception cref="ArgumentException">Older than the table's oldest: nobody looked.</exception>
    public static KedaTraits Of(string version) => new(Column(version)
        ?? throw new ArgumentException($"KEDA {version} is not in the table; expected {KedaTable.Versions[0]} or newer.", nameof(version)));

    /// <summary>The table says how it behaves.</summary>
    public static bool Knows(string version) => Column(version) is not null;

    public bool Has(KedaTrait trait) => _has.Contains(trait);

    /// <summary>What such a KEDA makes of the annotations that it knows.</summary>
    public PauseAnnotations Read(PauseAnnotations written) =>
        Has(KedaTrait.OneDirectionPauses) ? written : written with { ScaleIn = null, ScaleOut = null };

    private static string? Column(string version)
    {
        var asked = Number(version);
        return asked is null ? KedaTable.Versions[^1] : KedaTable.Versions.LastOrDefault(v => Number(v)!.Value.CompareTo(asked.Value) <= 0);
    }

    /// <summary>2.17 is 2.17.0; what follows a sign (2.17.3-rc1) does not count.</summary>
    private static (int Major, int Minor, int Patch)? Number(string version) =>
        version.TrimStart('v').Split('-', '+')[0].Split('.') is [var major, var minor, .. var rest] && Whole(major) is { } m && Whole(minor) is { } n
            ? (m, n, rest is [var patch, ..] ? Whole(patch) ?? 0 : 0)
            : null;

    private static int? Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
