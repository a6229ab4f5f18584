using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>A namespace that is deleted takes what is in it along, and goes when all of that is gone: a finalizer that nobody serves keeps it.</summary>
public sealed class NamespaceController
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromMilliseconds(100);
    private readonly ObjectStore _store;
    private readonly Agenda _agenda;

    public NamespaceController(ObjectStore store, Agenda agenda) => (_store, _agenda) = (store, agenda);

    /// <summary>The process that it is part of works.</summary>
    public Func<bool> Working { get; init; } = () => true;

    public void Terminate(StoredObject ns, string by)
    {
        if (ns.Deleting)
            return;
        _store.Update(ns, d =>
        {
            d["metadata"]!["deletionTimestamp"] = Json.Seconds(_agenda.Now);
            d["status"] = new JsonObject { ["phase"] = "Terminating" };
        }, by);
        Empty(ns);
    }

    private void Empty(StoredObject ns)
    {
        if (!Working())
        {
            _agenda.In(LooksEvery, () => Empty(ns));
            return;
        }

        var inside = Resources.Stored.Where(r => r.Namespaced).SelectMany(_store.All).Where(o => o.Namespace == ns.Name).ToList();
        foreach (var one in inside)
            _store.Delete(one, "namespace-controller");
        if (inside.Count == 0)
            _store.Delete(ns, "namespace-controller");
        else
            _agenda.In(LooksEvery, () => Empty(ns));
    }
}
