using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Faults;

/// <summary>Everything as it stood at one moment.</summary>
public sealed record Picture(DateTimeOffset At, long ResourceVersion, IReadOnlyDictionary<Resource, IReadOnlyList<StoredObject>> Objects);

/// <summary>Lists answered from an older picture, as a watch cache that lags behind may answer them; single objects are read as they are.</summary>
public sealed class StaleLists
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly List<Picture> _pictures = [];
    private Dictionary<StoredObject, StoredObject> _copies = [];
    private int _turn;

    public StaleLists(ObjectStore store, Agenda agenda) => (_store, _agenda) = (store, agenda);

    /// <summary>How old a list is; null: it is current.</summary>
    public TimeSpan? Age { get; private set; }

    /// <summary>From now on lists stand still until they are so old, and stay so old. Null: they are current again.</summary>
    public void Set(TimeSpan? age)
    {
        Age = age;
        _turn++;
        _pictures.Clear();
        _copies = [];
        if (age is not null)
            Take(_turn);
    }

    /// <summary>What a list is to be answered from; null: from what there is.</summary>
    /// <param name="version">Of the first page, when this is a later one.</param>
    public Picture? Shown(long? version) =>
        Age is not { } age ? null
        : version is { } asked ? _pictures.Find(p => p.ResourceVersion == asked)
        : _pictures.FindLast(p => _agenda.Now - p.At >= age) ?? _pictures[0];

    private void Take(int turn)
    {
        if (turn != _turn)
            return;
        var copies = new Dictionary<StoredObject, StoredObject>();
        var objects = Resources.Stored.ToDictionary(r => r, r => (IReadOnlyList<StoredObject>)[.. _store.All(r).Select(o => copies[o] = Copy(o))]);
        _copies = copies;
        _pictures.Add(new Picture(_agenda.Now, _store.ResourceVersion, objects));
        while (_pictures.Count > 1 && _agenda.Now - _pictures[1].At >= Age!.Value + Between)
            _pictures.RemoveAt(0);
        _agenda.In(Between, () => Take(turn));
    }

    private StoredObject Copy(StoredObject one)
    {
        if (_copies.TryGetValue(one, out var known) && known.ResourceVersion == one.ResourceVersion)
            return known;
        var copy = new StoredObject(one.Resource, one.Key, one.Uid, one.Document);
        copy.Commit(one.Document.Copy(), one.ResourceVersion, statusOnly: false);
        return copy;
    }
}
