using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

public readonly record struct ObjectKey(string Namespace, string Name) : IComparable<ObjectKey>
{
    public int CompareTo(ObjectKey other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

/// <summary>One object with its present document. Serialised once per version, so that listing a thousand copies bytes only.</summary>
public sealed class StoredObject
{
    private byte[]? _bytes;
    private object? _view;
    private long _viewRevision = -1;

    public StoredObject(Resource resource, ObjectKey key, string uid, JsonObject document)
    {
        Resource = resource;
        Key = key;
        Uid = uid;
        Document = document;
    }

    public Resource Resource { get; }
    public ObjectKey Key { get; }
    public string Namespace => Key.Namespace;
    public string Name => Key.Name;
    public string Uid { get; }
    public JsonObject Document { get; private set; }
    public long ResourceVersion { get; private set; }

    /// <summary>Counts up with every change outside status: what parsed views are cached by.</summary>
    public long Revision { get; private set; }
    public bool Gone { get; internal set; }

    public JsonObject Metadata => (JsonObject)Document["metadata"]!;
    public JsonObject? Spec => Document["spec"] as JsonObject;
    public JsonObject? Status => Document["status"] as JsonObject;
    public JsonObject? Annotations => Metadata["annotations"] as JsonObject;
    public bool Deleting => Metadata.ContainsKey("deletionTimestamp");

    public string? Annotation(string name) => Annotations.Text(name);

    public byte[] Bytes => _bytes ??= Json.Bytes(Document);

    public void Commit(JsonObject document, long resourceVersion, bool statusOnly)
    {
        Document = document;
        ResourceVersion = resourceVersion;
        Metadata["resourceVersion"] = resourceVersion.ToString();
        _bytes = null;
        if (!statusOnly)
            Revision++;
    }

    /// <summary>A typed view of spec and metadata, parsed again only after they changed.</summary>
    public T View<T>(Func<StoredObject, T> parse) where T : class
    {
        if (_viewRevision != Revision || _view is not T)
        {
            _view = parse(this);
            _viewRevision = Revision;
        }

        return (T)_view!;
    }
}
