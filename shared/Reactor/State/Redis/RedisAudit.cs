using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// The audit trail: appended to, never changed; its beginning goes when its retention ends. Records by number in one hash; beside it one set
/// of texts "what it is of" + number of fixed width, which Redis sorts, so that the records of one incident, target or kind are a range of it.
/// </summary>
internal static class RedisAudit
{
    public const string Append = """
        local function audit()
            local last = tonumber(meta[6])
            for _ = 1, takenumber() do
                last = last + 1
                redis.call('HSET', AUDIT, text(last), take())
                for _ = 1, takenumber() do redis.call('ZADD', INDEX, 0, take() .. padded(last)) end
            end
            redis.call('HSET', META, 'audit', text(last))
        end
        """;

    private const int LongestPage = 1_000;

    private static readonly RedisScript Appended = RedisScript.Write(Append, "audit() return {'done'}");

    /// <summary>Answers with how far it came ('' when to the end) and the records, each by number, text and hash.</summary>
    private const string Answer = """
        local function answer(numbers, cursor)
            local records, hashes, reply = many(AUDIT, numbers), many(HASHES, numbers), {'done', cursor}
            for i, number in ipairs(numbers) do
                reply[#reply + 1] = number
                reply[#reply + 1] = records[i]
                reply[#reply + 1] = hashes[i]
            end
            return reply
        end
        """;

    private static readonly RedisScript InOrder = RedisScript.Read(
        Answer,
        """
        local latest, limit, first, last = take() == '1', takenumber(), takenumber(), takenumber()
        first = math.max(first, tonumber(string.match(redis.call('HGET', META, 'anchor') or '0 ', '^(%d+) ')) + 1)
        last = math.min(last, tonumber(meta[6]))
        local from, to, step = first, math.min(first + limit - 1, last), 1
        if latest then from, to, step = last, math.max(last - limit + 1, first), -1 end
        local numbers = {}
        for number = from, to, step do numbers[#numbers + 1] = text(number) end
        return answer(numbers, #numbers < last - first + 1 and text(to) or '')
        """);

    // Walks the range of the first condition and asks the set for the others. Bounded, so that a search for what is rare blocks nobody for
    // long: it says how far it came.
    private static readonly RedisScript Matching = RedisScript.Read(
        Answer,
        """
        local latest, limit, low, high, most = take() == '1', takenumber(), padded(takenumber()), padded(takenumber()), 1000
        local first, others = nil, {}
        for i = 1, takenumber() do
            if first then others[#others + 1] = take() else first = take() end
        end
        local members
        if latest then
            members = redis.call('ZREVRANGEBYLEX', INDEX, '[' .. first .. high, '[' .. first .. low, 'LIMIT', 0, most)
        else
            members = redis.call('ZRANGEBYLEX', INDEX, '[' .. first .. low, '[' .. first .. high, 'LIMIT', 0, most)
        end
        local numbers, seen, cursor = {}, 0, ''
        for _, member in ipairs(members) do
            if #numbers == limit then break end
            seen = seen + 1
            cursor = string.sub(member, #first + 1)
            local fits = true
            for _, other in ipairs(others) do fits = fits and redis.call('ZSCORE', INDEX, other .. cursor) end
            if fits then numbers[#numbers + 1] = text(tonumber(cursor)) end
        end
        return answer(numbers, (seen < #members or seen == most) and text(tonumber(cursor)) or '')
        """);

    public static void AddRecords(RedisArguments arguments, IReadOnlyCollection<AuditRecord> records) =>
        arguments.AddMany(records, (to, record) => to
            .AddJson(ReactorJson.Write(record))
            .AddMany(RedisAuditNames.AtOnce(record), (each, name) => each.Add(name)));

    public static Task AppendAsync(RedisScripts scripts, IReadOnlyList<AuditRecord> records, CancellationToken cancel)
    {
        var arguments = new RedisArguments();
        AddRecords(arguments, records);
        return scripts.RunAsync(Appended, arguments, cancel);
    }

    public static async Task<ImmutableArray<StoredAudit>> ReadAsync(RedisScripts scripts, AuditQuery query, CancellationToken cancel)
    {
        var limit = Math.Clamp(query.Limit, 1, LongestPage);
        var bounds = await RedisTrail.BoundsAsync(scripts, query, cancel);
        var records = ImmutableArray.CreateBuilder<StoredAudit>();
        foreach (var range in AuditRange.Of(query, bounds))
        {
            // What is not sealed yet stands in the index by what was written with it.
            var names = range.First > bounds?.Sealed ? RedisAuditNames.AtOnce(query) : RedisAuditNames.Of(query);
            await ReadAsync(scripts, query, range, names, records, limit, cancel);
        }

        return records.ToImmutable();
    }

    private static async Task ReadAsync(
        RedisScripts scripts, AuditQuery query, AuditRange range, List<string> names, ImmutableArray<StoredAudit>.Builder records, int limit, CancellationToken cancel)
    {
        while (!range.IsEmpty && records.Count < limit)
        {
            var arguments = new RedisArguments()
                .Add(query.Latest ? 1 : 0)
                .Add(RedisAuditNames.Reads(query) ? LongestPage : limit - records.Count)
                .Add(range.First)
                .Add(range.Last);
            var found = names.Count == 0
                ? await scripts.RunAsync(InOrder, arguments, cancel)
                : await scripts.RunAsync(Matching, arguments.AddMany(names, (to, name) => to.Add(name)), cancel);
            records.AddRange(Records(found).Where(stored => RedisAuditNames.Fits(stored.Record, query)).Take(limit - records.Count));
            if (found.Text(0).Length == 0) return;
            range = range.Rest(found.Number(0), query.Latest);
        }
    }

    private static IEnumerable<StoredAudit> Records(RedisReply found)
    {
        for (var i = 1; i < found.Count; i += 3)
        {
            var json = found.JsonOrNull(i + 1) ?? "";
            yield return new StoredAudit(found.Number(i), AuditJson.Read(json)) { Json = json, Hash = found.IsNull(i + 2) ? null : found.Text(i + 2) };
        }
    }
}
