using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>What came of a sign in a state. Two are equal when nobody can tell them apart.</summary>
internal sealed record Played
{
    /// <summary>The breakers of the targets where it is another than before, targets with the same one together.</summary>
    public required string Breakers { get; init; }

    /// <summary>The stage of each incident, by its cause, where it is another than before.</summary>
    public required string Incidents { get; init; }

    /// <summary>Reasons in the order in which they were first given.</summary>
    public required ImmutableArray<Reason> Reasons { get; init; }

    /// <summary>Planned writes by kind, with how many targets.</summary>
    public required string Writes { get; init; }

    public required string Pages { get; init; }

    /// <summary>Given with every page and every write: they have columns of their own.</summary>
    private static readonly ImmutableHashSet<Reason> Plain = [Reason.PageQueued, Reason.WriteDone];

    public bool SameAs(Played other) => Breakers == other.Breakers && Incidents == other.Incidents && Writes == other.Writes && Pages == other.Pages;

    /// <summary>"Before: …" of a state.</summary>
    public static string Before(World world)
    {
        var (breakers, incidents) = (BreakersOf(world), IncidentsOf(world));
        return string.Join("; ", breakers.GroupBy(b => b.Value).Select(g => $"{string.Join(", ", g.Select(b => b.Key))} {g.Key}").Concat(incidents.Select(i => $"incident {i.Key} {i.Value}")));
    }

    /// <summary>The sign happens to a world in its state, and time passes.</summary>
    public static Played Of(World world, Sign sign)
    {
        var (breakers, incidents) = (BreakersOf(world), IncidentsOf(world));
        var (audit, pages) = (world.Audit.Count, world.Pages.Count);
        var planned = Play(world, sign);
        return new Played
        {
            Breakers = Changes(breakers, BreakersOf(world), "gone"),
            Incidents = Changes(incidents, IncidentsOf(world), "closed"),
            Reasons = [.. world.Audit.Skip(audit).Select(a => a.Reason).Where(r => !Plain.Contains(r)).Distinct()],
            Writes = string.Join(", ", planned.Distinct().GroupBy(p => p.Kind).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} ×{g.Count()}")),
            Pages = string.Join(", ", world.Pages.Skip(pages).GroupBy(PageOf).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} ×{g.Count()}")),
        };
    }

    /// <summary>The sign happens, and time passes. What writes were planned meanwhile.</summary>
    private static List<(string Kind, TargetId Target)> Play(World world, Sign sign)
    {
        var heard = sign.Happens(world);
        var planned = new List<(string Kind, TargetId Target)>();
        var refuses = world.Refuses;
        world.Refuses = write =>
        {
            planned.Add((KindOf(write), write.Target));
            return refuses(write);
        };
        for (var end = world.Now + sign.Lasts; world.Now < end;)
        {
            world.Skip(TimeSpan.FromSeconds(30));
            if (heard is null)
                world.Run();
            else
                world.Hear(heard with { ReceivedAt = world.Now });
            heard = null;
            sign.EachProbe(world);
        }

        return planned;
    }

    private static string PageOf(Page page) => page.Kind == PageKind.Resolve ? "resolve" : $"{page.Kind.ToString().ToLowerInvariant()} {page.Severity.ToString().ToLowerInvariant()}";

    private static SortedDictionary<string, string> BreakersOf(World world)
    {
        var seen = world.Decisions.Select(d => d.Input.Observation).Last(o => o is not null)!;
        return new(seen.Targets.Keys.ToDictionary(id => id.Name, id => $"{Core.Breakers.One(world.Panel, seen, world.Policy, id)!.State}"), StringComparer.Ordinal);
    }

    private static SortedDictionary<string, string> IncidentsOf(World world) => new(
        world.Panel.Incidents.Values.GroupBy(i => i.Cause).SelectMany(of => of.OrderBy(i => i.OpenedAt).ThenBy(i => i.Id, StringComparer.Ordinal).Index()).ToDictionary(
            of => $"{Core.Causes.Slug(of.Item.Cause)}{(of.Index == 0 ? "" : $" {of.Index + 1}")}",
            of => $"{of.Item.Recovery.Stage}{(of.Item.Hold is null ? "" : ", held")}"),
        StringComparer.Ordinal);

    /// <summary>"a → Testing; e new: Closed".</summary>
    private static string Changes(SortedDictionary<string, string> before, SortedDictionary<string, string> after, string gone)
    {
        var changed = before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(key => (Key: key, Before: before.GetValueOrDefault(key), After: after.GetValueOrDefault(key, gone)))
            .Where(c => c.Before != c.After);
        return string.Join("; ", changed.GroupBy(c => (c.Before is null ? " new: " : " → ") + c.After).Select(g => string.Join(", ", g.Select(c => c.Key)) + g.Key));
    }

    private static string KindOf(ClusterWrite write) => write switch
    {
        AnnotateScaledObject { Annotations: var keys } when keys.GetValueOrDefault(Annotations.Paused) == "true" => "pause",
        AnnotateScaledObject { Annotations: var keys } when keys.GetValueOrDefault(Annotations.Paused) == "false" => "wake (\"false\")",
        AnnotateScaledObject { Annotations: var keys } when keys.ContainsKey(Annotations.Paused) => "un-pause",
        AnnotateScaledObject { Memory: not null } => "note",
        AnnotateScaledObject => "take our marks away",
        DeleteHpa { Owner: HpaOwner.Keda } => "delete KEDA's HPA",
        DeleteHpa => "delete fallback HPA",
        ApplyFallbackHpa => "apply fallback HPA",
        ScaleWorkload => "scale",
        _ => throw new System.Diagnostics.UnreachableException(write.GetType().Name),
    };
}
