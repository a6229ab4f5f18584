using System.Collections.Immutable;
using System.Globalization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// The audit trail: appended to, never changed, never pruned. Records by number in one hash; beside it one set of texts "what it is of" +
/// number of fixed width, which Redis sorts, so that the records of one incident, target or kind are a range of it.
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

    /// <summary>Above every number of the fixed width, and still whole in Lua.</summary>
    private const long BeyondAll = 9_000_000_000_000_000;

    private static readonly RedisScript Appended = RedisScript.Write(Append, "audit() return {'done'}");

    private static readonly RedisScript InOrder = RedisScript.Read(
        """
        local latest, after, limit, last = take() == '1', takenumber(), takenumber(), tonumber(meta[6])
        local first, final, step = after + 1, math.min(after + limit, last), 1
        if latest then first, final, step = last, math.max(last - limit + 1, 1), -1 end
        local numbers, reply = {}, {'done'}
        for number = first, final, step do numbers[#numbers + 1] = text(number) end
        for i, record in ipairs(many(AUDIT, numbers)) do
            reply[#reply + 1] = numbers[i]
            reply[#reply + 1] = record
        end
        return reply
        """);

    // Walks the range of the first condition and asks the set for the others. Bounded, so that a search for what is rare blocks nobody for
    // long: it says how far it came.
    private static readonly RedisScript Matching = RedisScript.Read(
        """
        local latest, limit, cursor, most = take() == '1', takenumber(), take(), 1000
        local first, others = nil, {}
        for i = 1, takenumber() do
            if first then others[#others + 1] = take() else first = take() end
        end
        local members
        if latest then
            members = redis.call('ZREVRANGEBYLEX', INDEX, '(' .. first .. cursor, '[' .. first, 'LIMIT', 0, most)
        else
            members = redis.call('ZRANGEBYLEX', INDEX, '(' .. first .. cursor, '(' .. first .. '~', 'LIMIT', 0, most)
        end
        local numbers, reply, seen = {}, {'done', ''}, 0
        for _, member in ipairs(members) do
            if #numbers == limit then break end
            seen = seen + 1
            cursor = string.sub(member, #first + 1)
            local fits = true
            for _, other in ipairs(others) do fits = fits and redis.call('ZSCORE', INDEX, other .. cursor) end
            if fits then numbers[#numbers + 1] = text(tonumber(cursor)) end
        end
        if seen < #members or seen == most then reply[2] = cursor end
        for i, record in ipairs(many(AUDIT, numbers)) do
            reply[#reply + 1] = numbers[i]
            reply[#reply + 1] = record
        end
        return reply
        """);

    public static void AddRecords(RedisArguments arguments, IReadOnlyCollection<AuditRecord> records) =>
        arguments.AddMany(records, (to, record) => to
            .AddJson(ReactorJson.Write(record))
            .AddMany(Of(record.IncidentId, record.Target, record.Kind), (each, name) => each.Add(name)));

    public static Task AppendAsync(RedisScripts scripts, IReadOnlyList<AuditRecord> records, CancellationToken cancel)
    {
        var arguments = new RedisArguments();
        AddRecords(arguments, records);
        return scripts.RunAsync(Appended, arguments, cancel);
    }

    public static async Task<ImmutableArray<StoredAudit>> ReadAsync(RedisScripts scripts, AuditQuery query, CancellationToken cancel)
    {
        var limit = Math.Clamp(query.Limit, 1, LongestPage);
        var after = Math.Clamp(query.After, 0, BeyondAll);
        var conditions = Of(query.IncidentId, query.Target, query.Kind);
        if (conditions.Count == 0)
            return Records(await scripts.RunAsync(InOrder, new RedisArguments().Add(query.Latest ? 1 : 0).Add(after).Add(limit), cancel), 0);

        var records = ImmutableArray.CreateBuilder<StoredAudit>();
        for (var cursor = Padded(query.Latest ? BeyondAll : after); cursor.Length > 0 && records.Count < limit;)
        {
            var arguments = new RedisArguments().Add(query.Latest ? 1 : 0).Add(limit - records.Count).Add(cursor).AddMany(conditions, (to, name) => to.Add(name));
            var found = await scripts.RunAsync(Matching, arguments, cancel);
            cursor = found.Text(0);
            records.AddRange(Records(found, 1));
        }

        return records.ToImmutable();
    }

    private static ImmutableArray<StoredAudit> Records(RedisReply found, int first)
    {
        var records = ImmutableArray.CreateBuilder<StoredAudit>();
        for (var i = first; i < found.Count; i += 2)
            records.Add(new StoredAudit(found.Number(i), AuditJson.Read(found.JsonOrNull(i + 1) ?? "")));
        return records.ToImmutable();
    }

    /// <summary>Names in the index, the rarest first. Escaped, so that none is the beginning of another one's.</summary>
    private static List<string> Of(string? incident, TargetId? target, AuditKind? kind)
    {
        var names = new List<string>(3);
        if (incident is not null) names.Add($"incident/{Uri.EscapeDataString(incident)}/");
        if (target is { } of) names.Add($"target/{Uri.EscapeDataString(of.Namespace)}/{Uri.EscapeDataString(of.Name)}/");
        if (kind is not null) names.Add($"kind/{kind}/");
        return names;
    }

    private static string Padded(long number) => number.ToString("D16", CultureInfo.InvariantCulture);
}
