namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>Everything that one decision changes, in one script: compared first, then written.</summary>
internal static class RedisCommit
{
    private static readonly RedisScript Script = RedisScript.Write(
        RedisInbox.Decide,
        RedisOutboxScripts.Queue,
        RedisAudit.Append,
        RedisIncidents.Archive,
        RedisOutboxScripts.Prune,
        RedisIncidents.Prune,
        """
        local expected, revision, sum, json, chain, token, owner = take(), take(), take(), take(), take(), take(), take()
        if (redis.call('HGET', PANEL, 'revision') or '0') ~= expected then return {'done', 0} end
        -- Equal, not just as new: a store that was rolled back may give a number out again, and another owner's is not ours.
        local latest = redis.call('HMGET', RUNNER, 'token', 'owner')
        if (latest[1] or '') ~= token or (latest[2] and latest[2] ~= owner) then return {'done', 0} end

        -- Another text without a new revision came there by a hand or by damage: it is not written over before somebody has read it.
        local before = redis.call('HGET', PANEL, 'json')
        if before and redis.sha1hex(before) ~= sum then return {'done', 2} end

        redis.call('HSET', PANEL, 'revision', revision, 'json', json)
        if chain ~= '' then redis.call('HSET', META, 'chain', chain) end
        decide()
        queue()
        audit()
        archive()
        prune_pages()
        prune_incidents()
        return {'done', 1}
        """);

    private const long Saved = 1;
    private const long NotReadYet = 2;

    /// <exception cref="ArgumentException">An incident is still open. Nothing was sent then.</exception>
    /// <exception cref="StoreContentException">The panel that would be written over can't be read. It was left as it is.</exception>
    public static async Task<bool> SaveAsync(RedisScripts scripts, RedisPanelMemo memo, Commit commit, StateLimits limits, DateTimeOffset now, CancellationToken cancel)
    {
        var panel = RedisJson.Pack(memo.Panel.Write(commit.Panel, commit.Unknown));
        var queueing = await RedisOutbox.PrepareAsync(scripts, commit.Pages, commit.Channels, limits.NoticeBound, cancel);
        var answer = await SendAsync(scripts, memo, commit, panel, queueing, limits, now, cancel);
        if (answer == NotReadYet)
        {
            await RedisPanel.LoadAsync(scripts, memo, commit.Panel.Cluster, cancel);
            answer = await SendAsync(scripts, memo, commit, panel, queueing, limits, now, cancel);
        }

        if (answer == Saved) memo.Lies(panel);
        return answer == Saved;
    }

    private static async Task<long> SendAsync(
        RedisScripts scripts, RedisPanelMemo memo, Commit commit, byte[] panel, RedisOutbox.Queueing queueing, StateLimits limits, DateTimeOffset now, CancellationToken cancel)
    {
        var arguments = new RedisArguments()
            .Add(commit.ExpectedRevision)
            .Add(commit.ExpectedRevision + 1)
            .Add(memo.Sum)
            .Add(panel)
            .Add(commit.NewChain ?? "")
            .Add(commit.Lease is { } lease ? RedisLease.Token(lease) : "")
            .Add(commit.Lease?.Owner ?? "")
            .AddMany(commit.Decided, (to, sequence) => to.Add(sequence));
        RedisOutbox.AddPages(arguments, queueing);
        RedisAudit.AddRecords(arguments, commit.Audit);
        RedisIncidents.AddClosed(arguments, commit.Closed);
        RedisOutbox.AddPruning(arguments, now - limits.PageRetention);
        RedisIncidents.AddPruning(arguments, now - limits.IncidentRetention);
        return (await scripts.RunAsync(Script, arguments, cancel)).Number(0);
    }
}
