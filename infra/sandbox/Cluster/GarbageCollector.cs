using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>Removes what is left without any living owner, a moment after the last owner went.</summary>
public sealed class GarbageCollector
{
    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly SeededRandom _random;

    public GarbageCollector(ObjectStore store, Agenda agenda, SeededRandom random)
    {
        _store = store;
        _agenda = agenda;
        _random = random;
    }

    /// <summary>The process that it is part of works.</summary>
    public Func<bool> Working { get; init; } = () => true;

    /// <summary>What lost its owners while nobody collected.</summary>
    public void CatchUp()
    {
        foreach (var left in Resources.Stored.Where(r => r != Resources.Events).SelectMany(_store.All).Where(o => Owners(o).Any() && !Owners(o).Any(Exists)).ToList())
            _store.Delete(left, "generic-garbage-collector");
    }

    public void Gone(StoredObject owner)
    {
        if (owner.Resource == Resources.Events || owner.Resource == Resources.Hpas)
            return;
        _agenda.In(_random.Milliseconds(10, 60), () => Collect(owner.Uid));
    }

    private void Collect(string ownerUid)
    {
        if (!Working())
            return;
        foreach (var resource in Resources.Stored.Where(r => r != Resources.Events))
        {
            foreach (var dependent in _store.All(resource).Where(o => Owners(o).Contains(ownerUid)).ToList())
            {
                if (!Owners(dependent).Any(Exists))
                    _store.Delete(dependent, "generic-garbage-collector");
            }
        }
    }

    public static IEnumerable<string> Owners(StoredObject target) =>
        (target.Metadata.Array("ownerReferences") ?? []).Select(o => o.Text("uid") ?? "");

    private bool Exists(string uid) => Resources.Stored.Any(r => r != Resources.Events && _store.All(r).Any(o => o.Uid == uid));
}
