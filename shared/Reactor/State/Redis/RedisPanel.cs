using System.Text.Json;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>The panel with its revision.</summary>
internal static class RedisPanel
{
    private static readonly RedisScript Load = RedisScript.Read(
        """
        local panel = redis.call('HMGET', PANEL, 'revision', 'json')
        if (not panel[1]) ~= (not panel[2]) then return refuse(PANEL, 'a revision or a panel alone', 'both') end
        if panel[1] and not string.find(panel[1], '^%d+$') then return refuse(PANEL, 'a revision "' .. panel[1] .. '"', 'a whole number') end
        return {'done', meta[3], panel[1] or '0', panel[2]}
        """);

    public static async Task<StoredPanel> LoadAsync(RedisScripts scripts, RedisPanelMemo memo, string cluster, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(Load, new RedisArguments(), cancel);
        var chain = found.Text(0);
        if (found.IsNull(2)) return new StoredPanel(Panel.Empty(cluster), 0, chain);
        try
        {
            var (panel, unknown) = memo.Panel.Read(found.Json(2)!, cluster, (was, expected, misfit) => scripts.Refuse("panel", was, expected, misfit));
            memo.Lies(found.Bytes(2)!);
            return new StoredPanel(panel, found.Number(1), chain) { Unknown = unknown };
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw scripts.Refuse("panel", $"JSON that does not fit ({exception.Message})", "a panel of this version", Misfit.Damaged, exception);
        }
    }
}
