using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>Who set which field, and server-side apply, which lives on that.</summary>
public static class ManagedFields
{
    private static readonly SchemaType Metadata = new(SchemaKind.Struct, SchemaTables.Metadata.Name);

    /// <summary>
    /// Writes down what an ordinary write changed: the writer owns it from now on, nobody else does. A write that only removes leaves no
    /// trace of who did it: what is gone belongs to nobody, and the writer's entry keeps its old time (as apimachinery's field manager has it).
    /// </summary>
    public static void Record(Resource resource, JsonObject? before, JsonObject after, string manager, DateTimeOffset now, string? subresource = null)
    {
        var kind = SchemaTables.Of(resource);
        var old = before is null ? [] : FieldPaths.Leaves(before, kind);
        var now_ = FieldPaths.Leaves(after, kind);
        var changed = Changed(old, now_).Where(p => before is not null || !p.StartsWith("f:status", StringComparison.Ordinal)).ToHashSet();
        var gone = old.Keys.Where(k => !now_.ContainsKey(k)).ToHashSet();

        // Whoever makes a map owns it until it goes, whatever becomes of its keys (measured).
        var (had, has) = (before is null ? [] : FieldPaths.Maps(before).ToList(), FieldPaths.Maps(after).ToList());
        changed.UnionWith(has.Except(had));
        gone.UnionWith(had.Except(has));
        Took(resource, after, changed, gone, manager, now, subresource);
    }

    /// <summary>The same for a write to a workload's /scale, which sets its replicas and nothing else.</summary>
    public static void RecordReplicas(Resource resource, JsonObject document, string manager, DateTimeOffset now) =>
        Took(resource, document, [$"f:spec{FieldPaths.Separator}f:replicas"], [], manager, now, "scale");

    /// <summary>Who set a workload's replicas last; null when nobody has since its manifest.</summary>
    public static string? WriterOfReplicas(JsonObject document) => (document.Object("metadata").Array("managedFields") ?? [])
        .LastOrDefault(e => e.Object("fieldsV1").Object("f:spec")?.ContainsKey("f:replicas") == true).Text("manager");

    /// <summary>The same for a controller's write of the status alone.</summary>
    public static void RecordStatus(Resource resource, JsonObject document, JsonObject? before, JsonObject after, string manager, DateTimeOffset now)
    {
        var old = FieldPaths.Leaves(new JsonObject { ["status"] = before?.DeepClone() }, null);
        var now_ = FieldPaths.Leaves(new JsonObject { ["status"] = after.DeepClone() }, null);
        Took(resource, document, Changed(old, now_).ToHashSet(),
            old.Keys.Where(k => !now_.ContainsKey(k)).ToHashSet(), manager, now, "status");
    }

    /// <summary>New and other values. A map that was only emptied is no change of its own.</summary>
    private static IEnumerable<string> Changed(Dictionary<string, JsonNode?> old, Dictionary<string, JsonNode?> now) => now
        .Where(l => old.TryGetValue(l.Key, out var was) ? !Json.Same(was, l.Value)
            : l.Value is not JsonObject { Count: 0 } || !old.Keys.Any(k => FieldPaths.IsBelow(k, l.Key)))
        .Select(l => l.Key);

    private static void Took(Resource resource, JsonObject document, HashSet<string> changed, HashSet<string> gone, string manager, DateTimeOffset now, string? subresource)
    {
        if (changed.Count == 0 && gone.Count == 0)
            return;
        var entries = Entries(document);
        foreach (var entry in entries)
        {
            if (!IsFrom(entry, manager, "Update", subresource))
                Disown(entry, changed);
            Disown(entry, gone);
        }

        if (changed.Count == 0)
        {
            Keep(document, entries);
            return;
        }

        var mine = entries.Find(e => IsFrom(e, manager, "Update", subresource));
        var paths = mine is null ? [] : FieldPaths.Paths(mine.Object("fieldsV1"));
        paths.UnionWith(changed);
        Put(resource, document, entries, mine, manager, "Update", paths, now, subresource);
    }

    /// <summary>The result of applying a configuration to what is there (null: nothing).</summary>
    public static JsonObject Apply(Resource resource, string name, JsonObject? live, JsonObject applied, string manager, bool force, DateTimeOffset now)
    {
        var kind = SchemaTables.Of(resource);
        var leaves = FieldPaths.Leaves(applied, kind);
        var result = live?.Copy() ?? applied.Copy();
        var entries = Entries(result);
        var mine = entries.Find(e => IsFrom(e, manager, "Apply"));
        var before = mine is null ? [] : FieldPaths.Paths(mine.Object("fieldsV1"));
        if (live is not null)
        {
            Contend(resource, name, live, leaves, entries, manager, force);
            Overlay(result, applied, name => name == "metadata" ? Metadata : kind?.Field(name)?.Type);
            foreach (var dropped in before.Where(p => !leaves.ContainsKey(p)))
            {
                if (!entries.Exists(e => e != mine && FieldPaths.Paths(e.Object("fieldsV1")).Contains(dropped)))
                    FieldPaths.Remove(result, dropped);
            }

            if (mine is not null && before.SetEquals(leaves.Keys) && SameBut(live, result))
                return live.Copy();
        }

        Put(resource, result, entries, mine, manager, "Apply", [.. leaves.Keys], now);
        return result;
    }

    private static void Contend(Resource resource, string name, JsonObject live, Dictionary<string, JsonNode?> leaves, List<JsonObject> entries, string manager, bool force)
    {
        var there = FieldPaths.Leaves(live, SchemaTables.Of(resource));
        var conflicts = new List<(string Manager, string Path, JsonObject Entry)>();
        foreach (var entry in entries.Where(e => !IsFrom(e, manager, "Apply")))
        {
            var theirs = FieldPaths.Paths(entry.Object("fieldsV1"));
            foreach (var (path, value) in leaves)
            {
                if (theirs.Contains(path) && there.TryGetValue(path, out var now) && !Json.Same(now, value))
                    conflicts.Add((entry.Text("manager") ?? "", path, entry));
            }
        }

        if (conflicts.Count == 0)
            return;
        if (!force)
        {
            var causes = new JsonArray([.. conflicts.Select(c => new JsonObject
            {
                ["reason"] = "FieldManagerConflict",
                ["message"] = $"conflict with \"{c.Manager}\" using {resource.ApiVersion}",
                ["field"] = FieldPaths.Readable(c.Path),
            })]);
            throw ApiException.ApplyConflict(
                $"Apply failed with {conflicts.Count} conflict{(conflicts.Count == 1 ? "" : "s")}: "
                + string.Join('\n', conflicts.Select(c => $"conflict with \"{c.Manager}\" using {resource.ApiVersion}: {FieldPaths.Readable(c.Path)}")), causes);
        }

        foreach (var entry in conflicts.Select(c => c.Entry).Distinct())
            Disown(entry, leaves.Keys.ToHashSet());
    }

    /// <summary>Maps merge, and lists by their entries, unless they are one value; everything else is replaced.</summary>
    private static void Overlay(JsonObject target, JsonObject applied, Func<string, SchemaType?> typeOf)
    {
        foreach (var (name, value) in applied)
        {
            var type = typeOf(name);
            if (value is JsonObject inner && target[name] is JsonObject there && type is not { Atomic: true })
                Overlay(there, inner, field => FieldPaths.Inside(type, field));
            else if (value is JsonArray entries && target[name] is JsonArray list && entries.All(e => FieldPaths.Entry(e, type) is not null))
                Entries(list, entries, type!);
            else
                target[name] = value?.DeepClone();
        }
    }

    private static void Entries(JsonArray list, JsonArray applied, SchemaType type)
    {
        foreach (var entry in applied)
        {
            var same = list.FirstOrDefault(e => FieldPaths.Entry(e, type) == FieldPaths.Entry(entry, type));
            if (same is JsonObject there && entry is JsonObject inner)
                Overlay(there, inner, field => FieldPaths.Inside(type.Item, field));
            else if (same is null)
                list.Add(entry!.DeepClone());
        }
    }

    private static List<JsonObject> Entries(JsonObject document) =>
        [.. (document.Object("metadata").Array("managedFields") ?? []).OfType<JsonObject>().Select(e => e.Copy())];

    private static bool IsFrom(JsonObject entry, string manager, string operation, string? subresource = null) =>
        entry.Text("manager") == manager && entry.Text("operation") == operation && entry.Text("subresource") == subresource;

    private static void Disown(JsonObject entry, HashSet<string> paths)
    {
        var left = FieldPaths.Paths(entry.Object("fieldsV1"));
        var count = left.Count;
        left.ExceptWith(paths);
        if (left.Count != count)
            entry["fieldsV1"] = FieldPaths.Tree(left);
    }

    private static void Put(Resource resource, JsonObject document, List<JsonObject> entries, JsonObject? mine, string manager, string operation, HashSet<string> paths, DateTimeOffset now, string? subresource = null)
    {
        if (mine is not null)
            entries.Remove(mine);
        var made = new JsonObject
        {
            ["manager"] = manager,
            ["operation"] = operation,
            ["apiVersion"] = resource.ApiVersion,
            ["time"] = Json.Seconds(now),
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = FieldPaths.Tree(paths),
        };
        if (subresource is not null)
            made["subresource"] = subresource;
        entries.Insert(operation == "Apply" ? 0 : entries.Count, made);
        Keep(document, entries);
    }

    /// <summary>Whoever owns nothing any more has no entry.</summary>
    private static void Keep(JsonObject document, List<JsonObject> entries)
    {
        var left = entries.Where(e => e.Object("fieldsV1") is { Count: > 0 }).ToArray<JsonNode?>();
        if (left.Length > 0)
            document.Ensure("metadata")["managedFields"] = new JsonArray(left);
        else
            document.Ensure("metadata").Remove("managedFields");
    }

    private static bool SameBut(JsonObject left, JsonObject right)
    {
        var a = left.Copy();
        var b = right.Copy();
        a.Object("metadata")!.Remove("managedFields");
        b.Object("metadata")!.Remove("managedFields");
        return Json.Same(a, b);
    }
}
