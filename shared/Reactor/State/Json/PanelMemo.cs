using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>
/// The panel that was read or written last, with its text: the next run finds mostly that very text, and a panel of ten thousand targets
/// takes longer to read than to compare. By text and not by revision, so that what came there by other hands is seen.
/// </summary>
internal sealed class PanelMemo
{
    private volatile Known? last;

    /// <exception cref="System.Text.Json.JsonException">It is no panel at all.</exception>
    public (Panel Panel, UnknownMembers Unknown) Read(string json, string cluster, RefusePanel refuse)
    {
        if (last is { } known && known.Json == json)
            return (known.Panel, known.Unknown);
        var (panel, unknown) = PanelJson.Read(json, cluster, refuse);
        last = new Known(json, panel, unknown);
        return (panel, unknown);
    }

    public string Write(Panel panel, UnknownMembers unknown)
    {
        var json = PanelJson.Write(panel, unknown);
        last = new Known(json, panel with { Version = Panel.ReadableSince, Writer = Panel.CurrentVersion }, unknown);
        return json;
    }

    private sealed record Known(string Json, Panel Panel, UnknownMembers Unknown);
}
