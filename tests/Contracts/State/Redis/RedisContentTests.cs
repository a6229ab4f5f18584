using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>Content that is not for this version or cluster: refused with words, and left byte for byte.</summary>
public sealed class RedisContentTests(RedisServer server) : RedisRig, IClassFixture<RedisServer>
{
    private const string Prefix = "{sophia-keda-reactor:prod}:";

    /// <summary>Every key with its exact content.</summary>
    private string[] Bytes() =>
        [.. ((object?[])server.Do("KEYS", "*")!).Cast<string>().Order(StringComparer.Ordinal).Select(key => $"{key} {server.Do("DUMP", key)}")];

    private async Task<RedisStore> SavedAsync()
    {
        server.Do("FLUSHALL");
        var store = Store(server);
        await store.AppendAsync([Order("a"), Order("b")], None);
        await TakeAsync(store);
        Assert.True(await store.SaveAsync(await FullAsync(store, "first", await TakeAsync(store)) with { Decided = [1] }, None));
        return store;
    }

    private static async Task<StoreLease> TakeAsync(RedisStore store) =>
        (await store.AcquireLeaseAsync(LeaseName.Runner, "me", TimeSpan.FromSeconds(30), None)).Lease!;

    [TheoryWithProgram(RedisServer.Program)]
    [InlineData("HSET panel json", "{ not json", "JSON")]
    [InlineData("HSET panel json", """{"version":3,"writer":3,"cluster":"prod","somethingNew":{}}""", "a panel of version 3")]
    [InlineData("HSET panel json", """{"version":1,"cluster":"other"}""", "the panel of cluster 'other'")]
    [InlineData("HSET panel revision", "many", "a revision \"many\"")]
    [InlineData("HDEL panel revision", null, "a revision or a panel alone")]
    [InlineData("HSET meta version", "2", "layout version 2")]
    [InlineData("HSET meta cluster", "other", "the state of cluster 'other'")]
    [InlineData("HDEL meta chain", null, "no name of a chain")]
    [InlineData("HSET meta audit", "-1", "a counter \"-1\"")]
    [InlineData("DEL meta", null, "nothing, although there is " + Prefix + "panel")]
    public async Task What_can_not_be_read_is_refused_by_name_and_left_as_it_is(string command, string? value, string found)
    {
        var store = await SavedAsync();
        var parts = command.Split(' ');
        parts[1] = Prefix + parts[1];
        server.Do(value is null ? parts : [.. parts, value]);
        var before = Bytes();

        foreach (var each in new[] { store, Store(server) })
        {
            await Assert.ThrowsAsync<StoreContentException>(() => each.LoadAsync(None));
            var refused = await Assert.ThrowsAsync<StoreContentException>(() => each.OpenAsync(None));
            Assert.Contains(server.Endpoint, refused.Message);
            Assert.Contains($"Found: {found}", refused.Message);
            Assert.Contains("Expected: ", refused.Message);
            Assert.Contains("It was left as it is", refused.Message);
        }

        Assert.Equal(before, Bytes());
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_key_of_another_kind_is_refused_by_every_write_before_anything_is_written()
    {
        var store = await SavedAsync();
        var commit = await FullAsync(store, "second", await TakeAsync(store));
        foreach (var key in ((object?[])server.Do("KEYS", Prefix + "*")!).Cast<string>())
        {
            server.Do("RENAME", key, "aside");
            server.Do("RPUSH", key, "foreign");
            var before = Bytes();

            var refused = await Assert.ThrowsAsync<StoreContentException>(() => store.SaveAsync(commit, None));
            Assert.Contains(key, refused.Message);
            Assert.Contains("Found: a list", refused.Message);
            await Assert.ThrowsAsync<StoreContentException>(() => store.AppendAsync([Order("c")], None));
            await Assert.ThrowsAsync<StoreContentException>(() => store.AppendAuditAsync([Audited("c")], None));
            await Assert.ThrowsAsync<StoreContentException>(() => TakeAsync(store));
            Assert.Equal(before, Bytes());

            server.Do("DEL", key);
            server.Do("RENAME", "aside", key);
        }

        Assert.True(await store.SaveAsync(commit, None));
    }

    [TheoryWithProgram(RedisServer.Program)]
    [InlineData("HSET panel json", """{"version":3,"writer":3,"cluster":"prod"}""", Misfit.Newer)]
    [InlineData("HSET panel json", """{"version":3,"writer":3,"cluster":"other"}""", Misfit.Foreign)]
    [InlineData("HSET panel json", """{"version":3""", Misfit.Damaged)]
    [InlineData("HSET meta version", "2", Misfit.Newer)]
    [InlineData("HSET meta version", "two", Misfit.Damaged)]
    [InlineData("HSET meta cluster", "other", Misfit.Foreign)]
    [InlineData("HDEL meta chain", null, Misfit.Damaged)]
    public async Task What_does_not_fit_is_told_apart_from_a_newer_version_and_from_somebody_else(string command, string? value, Misfit expected)
    {
        var store = await SavedAsync();
        Bend(command, value);

        Assert.Equal(expected, (await Assert.ThrowsAsync<StoreContentException>(() => store.LoadAsync(None))).Misfit);
    }

    [TheoryWithProgram(RedisServer.Program)]
    [InlineData("HSET meta auditLate", "late")]
    [InlineData("HSET meta sealed", "many hashes")]
    [InlineData("HSET meta anchor", "x y")]
    [InlineData("HSET panel revision", "99999999999999999999999")]
    [InlineData("HSET lease:runner token", "99999999999999999999999")]
    [InlineData("HSET audit:places reader", "far")]
    [InlineData("HSET outbox:rows 1", """{"channel":"slack","pageId":"p","dedupKey":"d","queuedAt":-5}""")]
    [InlineData("HSET outbox:rows 1", """{"channel":null}""")]
    [InlineData("ZADD inbox 1.5", "b")]
    public async Task A_value_that_does_not_fit_is_passed_over_or_makes_the_store_unavailable_and_is_never_a_bug(string command, string? value)
    {
        var store = await SavedAsync();
        Bend(command, value);
        Func<Task>[] calls =
        [
            () => store.OpenAsync(None), () => store.LoadAsync(None), () => store.PendingAsync(10, None), () => store.AppendAsync([Order("n")], None), () => TakeAsync(store),
            () => store.DuePagesAsync(Noon, 10, None), () => store.CountPagesAsync(None), () => store.PagesAsync(new PageQuery(), None), () => store.AuditAsync(new AuditQuery(), None),
            () => store.AuditAsync(new AuditQuery { From = Noon, To = Noon.AddDays(1) }, None), () => store.TrailAsync(None), () => store.ClosedIncidentsAsync(10, None),
            () => store.AppendAuditAsync([Audited("n")], None), () => store.PlaceAsync("reader", None),
        ];
        foreach (var call in calls)
        {
            try
            {
                await call();
            }
            catch (StoreUnavailableException)
            {
                // Down, in the store's own words.
            }
        }
    }

    private void Bend(string command, string? value)
    {
        var parts = command.Split(' ');
        parts[1] = Prefix + parts[1];
        server.Do(value is null ? parts : [.. parts, value]);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_lease_that_can_not_be_read_is_refused()
    {
        var store = await SavedAsync();
        server.Do("HSET", Prefix + "lease:runner", "token", "seven");
        var before = Bytes();

        Assert.Contains("a token \"seven\"", (await Assert.ThrowsAsync<StoreContentException>(() => TakeAsync(store))).Message);

        Assert.Equal(before, Bytes());
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task Entries_that_can_not_be_read_are_passed_over_counted_and_kept()
    {
        var store = await SavedAsync();
        await store.AppendAsync([Order("c")], None);
        server.Do("HSET", Prefix + "inbox:json", "b", """{"$type":"not yet known","key":"b"}""");
        Assert.True(await store.SaveAsync((await FullAsync(store, "x", await TakeAsync(store))) with { Decided = [], Pages = [NewPage("second", "first"), NewPage("free", "free")] }, None));
        server.Do("HSET", Prefix + "outbox:pages", "1", """{"kind":"NotYetKnown"}""");
        server.Do("HSET", Prefix + "audit", "1", """{"at":"2026-08-01T12:00:00+00:00","kind":"Write","reason":"NotYetKnown","actor":"ana","text":"newer"}""");

        Assert.Equal(["c"], (await store.PendingAsync(1, None)).Select(entry => entry.Signal.Key));
        Assert.Equal(["first@email", "free@slack", "free@email"], (await store.DuePagesAsync(Noon, 10, None)).Select(entry => $"{entry.Page.Id}@{entry.Channel}"));
        var record = (await store.AuditAsync(new AuditQuery { IncidentId = "first" }, None))[0];
        Assert.Equal((1, Reason.RecordOfOtherVersion, AuditKind.Write, "newer"), (record.Sequence, record.Record.Reason, record.Record.Kind, record.Record.Text));
        Assert.Equal(2, (await store.OpenAsync(None)).Unreadable);
        Assert.Contains("not yet known", (string)server.Do("HGET", Prefix + "inbox:json", "b")!);
    }

    [TheoryWithProgram(RedisServer.Program)]
    [InlineData("prod", "prod2")]
    [InlineData("a}b", "a")]
    [InlineData("{a", "a")]
    [InlineData("a:b", "a%3Ab")]
    [InlineData("ä b/c", "ä b")]
    public async Task Two_clusters_in_one_server_do_not_see_each_other(string one, string two)
    {
        server.Do("FLUSHALL");
        var stores = new[] { Store(server, one), Store(server, two) };

        Assert.True(await stores[0].SaveAsync(await FullAsync(stores[0], "one", cluster: one), None));
        Assert.Equal("0  |  |  |  | ", await HeldAsync(stores[1]));
        Assert.True(await stores[1].SaveAsync(await FullAsync(stores[1], "two", cluster: two), None));

        Assert.StartsWith("1 one |", await HeldAsync(stores[0]));
        Assert.StartsWith("1 two |", await HeldAsync(stores[1]));
        Assert.NotEqual((await stores[0].LoadAsync(None)).Chain, (await stores[1].LoadAsync(None)).Chain);
        // What is between the first braces is what a cluster hashes: one tag for each, no two the same.
        var tags = ((object?[])server.Do("KEYS", "*")!).Cast<string>().Select(key => key[..(key.IndexOf('}') + 1)]).Distinct().ToList();
        Assert.Equal(2, tags.Count);
        Assert.All(tags, tag => Assert.StartsWith("{sophia-keda-reactor:", tag));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_panel_of_another_cluster_is_not_saved() =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => Store(server).SaveAsync(new Commit { Panel = Panel.Empty("other"), ExpectedRevision = 0, Lease = null }, None));

    [FactWithProgram(RedisServer.Program)]
    public async Task A_large_panel_is_compressed_and_comes_back_whole()
    {
        server.Do("FLUSHALL");
        var notices = Enumerable.Range(0, 3_000).ToDictionary(n => $"n{n}", n => new Notice { DedupKey = $"n{n}", Since = Noon, Title = $"notice é {n}", Severity = Severity.Info });
        var panel = Panel.Empty("prod") with { Notices = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(notices) };

        Assert.True(await Store(server).SaveAsync(new Commit { Panel = panel, ExpectedRevision = 0, Lease = null }, None));

        Same.Assert(panel, (await Store(server).LoadAsync(None)).Panel);
        Assert.InRange((long)server.Do("HSTRLEN", Prefix + "panel", "json")!, 1, 100_000);

        // Cut off in the middle: what is left of it stays.
        var packed = (string)server.Do("HGET", Prefix + "panel", "json")!;
        server.Do("EVAL", "return redis.call('HSET', KEYS[1], 'json', string.sub(redis.call('HGET', KEYS[1], 'json'), 1, 2000))", "1", Prefix + "panel");
        Assert.Contains("JSON that does not fit", (await Assert.ThrowsAsync<StoreContentException>(() => Store(server).LoadAsync(None))).Message);
        Assert.Equal(packed[..2000], server.Do("HGET", Prefix + "panel", "json"));
    }
}
