using System.Text.Json;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>
/// The panel as stores keep it. It carries two numbers: the layout that wrote it, and the oldest layout whose readers understand it. A
/// version reads its own layout, the one before, and every newer one that says it may. What is new is therefore read one version before it
/// is written: then N and N−1 can run side by side, and N can be rolled back in the middle of an incident.
/// </summary>
public static class PanelJson
{
    /// <summary>The oldest layout that this version reads: the one before its own.</summary>
    public const int OldestRead = Panel.CurrentVersion - 1;

    public static string Write(Panel panel, UnknownMembers unknown)
    {
        panel = panel with { Version = Panel.ReadableSince, Writer = Panel.CurrentVersion };
        if (unknown.IsEmpty)
            return ReactorJson.Write(panel);
        var json = JsonSerializer.SerializeToNode(panel, ReactorJson.Options)!.AsObject();
        unknown.GiveBackTo(json);
        return json.ToJsonString(ReactorJson.Options);
    }

    /// <param name="json">As it was stored.</param>
    /// <param name="cluster">Whose panel it must be.</param>
    /// <param name="refuse">Makes the refusal.</param>
    /// <exception cref="JsonException">It is no panel at all.</exception>
    public static (Panel Panel, UnknownMembers Unknown) Read(string json, string cluster, RefusePanel refuse)
    {
        // The numbers first: a newer layout may not parse as ours, and its own name for that is clearer than a parse error.
        var marks = ReactorJson.Read<Marks>(json);
        var writer = marks.Writer ?? marks.Version;
        if (marks.Version is not { } version || version > Panel.CurrentVersion || writer < OldestRead)
        {
            throw refuse(
                $"a panel of version {marks.Version?.ToString() ?? "(none)"}",
                $"one of version {OldestRead} to {Panel.CurrentVersion}, or a newer one that says that version {Panel.CurrentVersion} can read it",
                marks switch
                {
                    { Version: null } => Misfit.Damaged,
                    { Version: > Panel.CurrentVersion } when !IsOthers(marks.Cluster, cluster) => Misfit.Newer,
                    _ => Misfit.Foreign,
                });
        }

        var panel = ReactorJson.Read<Panel>(json) with { Writer = marks.Writer };
        return panel.Cluster == cluster
            ? (panel, UnknownIn(json, panel))
            : throw refuse($"the panel of cluster '{panel.Cluster}'", $"the panel of cluster '{cluster}'", Misfit.Foreign);
    }

    /// <summary>A newer layout may have another kind of member there: then nobody can say that it is another's.</summary>
    private static bool IsOthers(JsonElement? owner, string cluster)
    {
        try
        {
            return owner is { ValueKind: JsonValueKind.String } text && !text.ValueEquals(cluster);
        }
        catch (InvalidOperationException)
        {
            return false; // a text that is no Unicode
        }
    }

    /// <summary>Looked for whoever wrote it: what this version wrote itself holds what it has given back of a newer one's.</summary>
    private static UnknownMembers UnknownIn(string json, Panel panel)
    {
        var known = ReactorJson.Write(panel);
        return known == json ? UnknownMembers.None : UnknownMembers.Of(ReactorJson.Tree(json), ReactorJson.Tree(known));
    }

    private sealed record Marks(int? Version, int? Writer, JsonElement? Cluster);
}

/// <summary>Makes the refusal of something stored from what was found, what was expected, and why it does not fit.</summary>
public delegate Exception RefusePanel(string found, string expected, Misfit misfit);
