using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>Names of a record in the index. Escaped, so that none is the beginning of another one's.</summary>
internal static class RedisAuditNames
{
    /// <summary>Written with the record.</summary>
    public static List<string> AtOnce(AuditRecord record) => AtOnce(record.IncidentId, record.Target, record.Kind);

    /// <summary>Those, the rarest first, that every record has from the start.</summary>
    public static List<string> AtOnce(AuditQuery query) => AtOnce(query.IncidentId, query.Target, query.Kind);

    /// <summary>Written when it is sealed: that reaches the records of an older version too, which knows no such names.</summary>
    public static List<string> Later(AuditRecord record)
    {
        List<string> names = [Actor(record.Actor), OfReason(ReasonOf(record))];
        if (NameOf(record.Actor) is { } name) names.Add(Actor(name));
        return names;
    }

    public static List<string> All(AuditRecord record) => [.. AtOnce(record), .. Later(record)];

    /// <summary>Those of a sealed record, the rarest first.</summary>
    public static List<string> Of(AuditQuery query)
    {
        var names = AtOnce(query);
        var before = query.Kind is null ? names.Count : names.Count - 1;
        if (query.Reason is { } reason) names.Insert(before, OfReason($"{reason}"));
        if (query.Actor is { } actor) names.Insert(before, Actor(actor));
        return names;
    }

    /// <summary>True when the index alone can't tell.</summary>
    public static bool Reads(AuditQuery query) => query.Reason is not null || query.Actor is not null || query.From is not null || query.To is not null;

    public static bool Fits(AuditRecord record, AuditQuery query) =>
        (query.Reason is null || ReasonOf(record) == $"{query.Reason}")
        && (query.Actor is null || record.Actor == query.Actor || NameOf(record.Actor) == query.Actor)
        && (query.From is null || record.At >= query.From)
        && (query.To is null || record.At < query.To);

    private static List<string> AtOnce(string? incident, TargetId? target, AuditKind? kind)
    {
        var names = new List<string>(3);
        if (incident is not null) names.Add($"incident/{Uri.EscapeDataString(incident)}/");
        if (target is { } of) names.Add($"target/{Uri.EscapeDataString(of.Namespace)}/{Uri.EscapeDataString(of.Name)}/");
        if (kind is not null) names.Add($"kind/{kind}/");
        return names;
    }

    private static string Actor(string actor) => $"actor/{Uri.EscapeDataString(actor)}/";

    private static string OfReason(string reason) => $"reason/{Uri.EscapeDataString(reason)}/";

    /// <summary>"ana" of "ana (claimed; authenticated as …)".</summary>
    private static string? NameOf(string actor) => actor.IndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? actor[..end] : null;

    /// <summary>Of a record of another version its own word, not ours for "can't be read".</summary>
    private static string ReasonOf(AuditRecord record) =>
        record.Reason == Reason.RecordOfOtherVersion && record.Facts.TryGetValue("reason", out var reason) ? reason : $"{record.Reason}";
}
