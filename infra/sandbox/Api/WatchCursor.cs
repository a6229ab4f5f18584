using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>One watch: where it stands and what it lets through. The shell asks it again and again for new lines.</summary>
public sealed class WatchCursor
{
    private readonly SandboxCluster _cluster;
    private readonly Resource _resource;
    private readonly Resource _stored;
    private readonly string? _namespace;
    private readonly Func<StoredObject, bool>? _matches;
    private readonly bool _table;
    private readonly HashSet<StoredObject> _shown = [];
    private long _version;
    private bool _headSent;
    private readonly List<StoredObject> _first = [];

    public WatchCursor(SandboxCluster cluster, Resource resource, string? ns, ApiRequest request)
    {
        _cluster = cluster;
        _resource = resource;
        _stored = resource == Resources.EventsV1 ? Resources.Events : resource;
        _namespace = ns;
        _matches = Selectors.Parse(resource, request);
        _table = Tables.Asked(request);
        Timeout = TimeSpan.FromSeconds(int.TryParse(request.Ask("timeoutSeconds"), out var seconds) && seconds > 0 ? seconds : 1800);
        var asked = request.Ask("resourceVersion");
        if (string.IsNullOrEmpty(asked) || asked == "0")
        {
            _version = cluster.Store.ResourceVersion;
            _first.AddRange(cluster.Store.All(_stored).Where(Passes));
        }
        else if (!long.TryParse(asked, out _version))
        {
            throw ApiException.BadRequest($"Invalid resource version: {asked}");
        }
        else if (_version < cluster.Store.OldestWatchable)
        {
            throw ApiException.TooOld(_version, cluster.Store.OldestWatchable);
        }
        else
        {
            // What already exists counts as shown: a later change of it is MODIFIED, leaving the selection is DELETED.
            _shown.UnionWith(cluster.Store.All(_stored).Where(o => Passes(o) && o.ResourceVersion <= _version));
            // So does what changed or went between that version and now: kubectl delete lists, then watches, and waits for a DELETED of the meantime.
            _shown.UnionWith(cluster.Store.Since(_version).Where(c => c.Object.Resource == _stored).DistinctBy(c => c.Object)
                .Where(c => c.Kind != ChangeKind.Added && Passes(c.Object)).Select(c => c.Object));
        }
    }

    public TimeSpan Timeout { get; }

    /// <summary>The lines since the last call, one JSON object each; empty when nothing happened.</summary>
    public byte[] Take()
    {
        if (_first.Count == 0 && _version == _cluster.Store.ResourceVersion)
            return [];
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var one in _first)
            Write(buffer, "ADDED", one);
        _shown.UnionWith(_first);
        _first.Clear();
        if (_version < _cluster.Store.OldestWatchable)
        {
            buffer.Write(Encoding.UTF8.GetBytes("{\"type\":\"ERROR\",\"object\":"));
            buffer.Write(ApiException.TooOld(_version, _cluster.Store.OldestWatchable).Response().Body.Span);
            buffer.Write("}\n"u8);
        }

        foreach (var changed in _cluster.Store.Since(_version).Where(c => c.Object.Resource == _stored).Select(c => c.Object).Distinct())
            One(buffer, changed);
        _version = _cluster.Store.ResourceVersion;
        return buffer.WrittenSpan.ToArray();
    }

    private void One(ArrayBufferWriter<byte> buffer, StoredObject changed)
    {
        var passes = !changed.Gone && Passes(changed);
        if (passes)
            Write(buffer, _shown.Add(changed) ? "ADDED" : "MODIFIED", changed);
        else if (_shown.Remove(changed))
            Write(buffer, "DELETED", changed);
    }

    private bool Passes(StoredObject o) => (_namespace is null || o.Namespace == _namespace) && (_matches is null || _matches(o));

    private void Write(ArrayBufferWriter<byte> buffer, string type, StoredObject one)
    {
        buffer.Write(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"));
        buffer.Write(_table
            ? Json.Bytes(Tables.List(_cluster, _resource, [one], new JsonObject { ["resourceVersion"] = one.ResourceVersion.ToString() }, head: !_headSent))
            : Documents.Single(_resource, one));
        buffer.Write("}\n"u8);
        _headSent = true;
    }
}
