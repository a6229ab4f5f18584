using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

public enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <summary>One write. The object is kept by reference: whoever follows the log sees its newest state, as a slow watcher would.</summary>
public sealed record Change(ChangeKind Kind, StoredObject Object, long ResourceVersion, bool StatusOnly, string By);

/// <summary>All objects of all kinds, with one resourceVersion for everything.</summary>
public sealed class ObjectStore
{
    /// <summary>How many changes a watcher may lag behind before it is told 410 Expired.</summary>
    private const int LogLength = 20_000;

    private readonly Dictionary<Resource, SortedDictionary<ObjectKey, StoredObject>> _objects =
        Resources.Stored.ToDictionary(r => r, _ => new SortedDictionary<ObjectKey, StoredObject>());

    /// <summary>The same objects for finding one: nearly everything that happens begins with that.</summary>
    private readonly Dictionary<Resource, Dictionary<ObjectKey, StoredObject>> _byKey =
        Resources.Stored.ToDictionary(r => r, _ => new Dictionary<ObjectKey, StoredObject>());
    private readonly Queue<Change> _log = new();
    private readonly Agenda _agenda;
    private readonly SeededRandom _random;

    public ObjectStore(Agenda agenda, SeededRandom random)
    {
        _agenda = agenda;
        _random = random;
    }

    /// <summary>Called after every write, in order; controllers are informed here.</summary>
    public Action<Change>? Changed { get; set; }

    public long ResourceVersion { get; private set; } = 100;

    /// <summary>The oldest version from which a watch can still be followed.</summary>
    public long OldestWatchable { get; private set; } = 100;

    public IReadOnlyCollection<StoredObject> All(Resource resource) => _objects[resource].Values;

    public StoredObject? Find(Resource resource, string ns, string name) =>
        _byKey[resource].TryGetValue(new ObjectKey(ns, name), out var found) ? found : null;

    /// <param name="uid">Null: the next one of all uids.</param>
    public StoredObject Create(Resource resource, JsonObject document, string by, string? uid = null)
    {
        var metadata = document.Ensure("metadata");
        var key = new ObjectKey(resource.Namespaced ? metadata.Text("namespace")! : "", metadata.Text("name")!);
        uid ??= _random.Uid();
        metadata["uid"] = uid;
        metadata["creationTimestamp"] = Json.Seconds(_agenda.Now);
        if (resource.HasGeneration)
            metadata["generation"] = 1;
        document["metadata"] = OrderMetadata(metadata, resource.Custom);
        var made = new StoredObject(resource, key, uid, document);
        _objects[resource].Add(key, made);
        _byKey[resource].Add(key, made);
        Write(made, document, ChangeKind.Added, statusOnly: false, by);
        return made;
    }

    /// <summary>Replaces the document; a write that changes nothing leaves the resourceVersion alone, as the real server does.</summary>
    public void Replace(StoredObject target, JsonObject document, string by)
    {
        document["metadata"]!["resourceVersion"] = target.ResourceVersion.ToString();
        if (Json.Same(target.Document, document))
            return;
        if (target.Resource.HasGeneration && !Json.Same(target.Document["spec"], document["spec"]))
            document["metadata"]!["generation"] = (target.Metadata.Whole("generation") ?? 0) + 1;
        var statusOnly = Json.Same(target.Spec, document["spec"]) && SameMetadata(target.Metadata, (JsonObject)document["metadata"]!);
        Write(target, document, ChangeKind.Modified, statusOnly, by);
        if (MayGo(target))
            Remove(target, by);
    }

    /// <summary>A controller's own change of spec or metadata, in place.</summary>
    public void Update(StoredObject target, Action<JsonObject> change, string by)
    {
        var before = target.Spec?.DeepClone();
        change(target.Document);
        if (target.Resource.HasGeneration && !Json.Same(before, target.Document["spec"]))
            target.Metadata["generation"] = (target.Metadata.Whole("generation") ?? 0) + 1;
        Write(target, target.Document, ChangeKind.Modified, statusOnly: false, by);
        if (MayGo(target))
            Remove(target, by);
    }

    /// <summary>A controller's change of status, in place.</summary>
    public void UpdateStatus(StoredObject target, Action<JsonObject> change, string by)
    {
        change(target.Document);
        Write(target, target.Document, ChangeKind.Modified, statusOnly: true, by);
    }

    /// <summary>With finalizers the object only gets its deletionTimestamp; the last finalizer's owner lets it go.</summary>
    public void Delete(StoredObject target, string by)
    {
        if (target.Metadata.Array("finalizers") is { Count: > 0 })
        {
            if (!target.Deleting)
                Update(target, d =>
                {
                    d["metadata"]!["deletionTimestamp"] = Json.Seconds(_agenda.Now);
                    d["metadata"]!["deletionGracePeriodSeconds"] = 0;
                }, by);
            return;
        }

        Remove(target, by);
    }

    /// <summary>Changes after a version, oldest first.</summary>
    public IEnumerable<Change> Since(long resourceVersion) => _log.Where(c => c.ResourceVersion > resourceVersion);

    /// <summary>A namespace's finalizer stands in its spec: its controller lets it go.</summary>
    private static bool MayGo(StoredObject target) =>
        target.Deleting && target.Metadata.Array("finalizers") is null or { Count: 0 } && target.Resource != Resources.Namespaces;

    private void Remove(StoredObject target, string by)
    {
        if (target.Gone)
            return;
        target.Gone = true;
        _objects[target.Resource].Remove(target.Key);
        _byKey[target.Resource].Remove(target.Key);
        Write(target, target.Document, ChangeKind.Deleted, statusOnly: false, by);
    }

    private void Write(StoredObject target, JsonObject document, ChangeKind kind, bool statusOnly, string by)
    {
        target.Commit(document, ++ResourceVersion, statusOnly);
        var change = new Change(kind, target, ResourceVersion, statusOnly, by);
        _log.Enqueue(change);
        if (_log.Count > LogLength)
            OldestWatchable = _log.Dequeue().ResourceVersion;
        Changed?.Invoke(change);
    }

    private static bool SameMetadata(JsonObject left, JsonObject right) =>
        left.Count == right.Count
        && left.All(p => p.Key is "managedFields" or "resourceVersion" || Json.Same(p.Value, right[p.Key]));

    private static JsonObject OrderMetadata(JsonObject metadata, bool custom)
    {
        if (custom)
            return (JsonObject)Json.Sorted(metadata)!;
        string[] first = ["name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "labels", "annotations", "ownerReferences", "finalizers"];
        var ordered = new JsonObject();
        foreach (var name in first)
        {
            if (metadata.ContainsKey(name))
                ordered[name] = metadata[name]?.DeepClone();
            else if (name == "resourceVersion")
                ordered[name] = "0";
        }

        foreach (var (name, value) in metadata)
        {
            if (!ordered.ContainsKey(name))
                ordered[name] = value?.DeepClone();
        }

        return ordered;
    }
}
