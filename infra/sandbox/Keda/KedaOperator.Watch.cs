using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>What wakes the operator, and what it does not notice.</summary>
public sealed partial class KedaOperator
{
    public void Follow(Change change)
    {
        if (change.Object.Resource == Resources.ScaledObjects)
            FollowScaledObject(change);
        else if (change.Object.Resource == Resources.Hpas && change.By != KedaReconciler.Component && !change.StatusOnly)
            FollowHpa(change);
    }

    private void FollowScaledObject(Change change)
    {
        if (change.Kind == ChangeKind.Deleted)
        {
            _seen.Remove(change.Object);
            return;
        }

        if (change.StatusOnly || !Leading || !Serves(change.Object))
            return;
        var now = Seen.Of(change.Object);
        if (_seen.TryGetValue(change.Object, out var before) && before.SameAs(now))
            return;
        _seen[change.Object] = now;
        _queue.Add(change.Object);
    }

    private void FollowHpa(Change change)
    {
        if (!Leading || Owner(change.Object) is not { } owner || !Serves(owner))
            return;
        if (_seen.TryGetValue(owner, out var seen))
            seen.Hasty = change.Kind == ChangeKind.Deleted;
        if (change.Kind == ChangeKind.Deleted && ScaledObjectView.Of(owner).Pause.Full && _queue.Waiting >= 3 && _random.Chance(1.0 / 30))
            MakeOnceMore(owner);
        _queue.Add(owner);
    }

    private StoredObject? Owner(StoredObject hpa) => _parts.Store.Find(
        Resources.ScaledObjects, hpa.Namespace, HpaView.Controller(hpa).Text("name") ?? hpa.Metadata.Object("labels").Text(KedaHpa.ScaledObjectLabel) ?? "");

    /// <summary>Under load a reconcile that still saw the unpaused object makes the HPA again for a moment (measured: one of sixty).</summary>
    private void MakeOnceMore(StoredObject owner)
    {
        var life = Life;
        _parts.Agenda.In(_random.Milliseconds(20, 200), () =>
        {
            if (life == Life && !owner.Gone)
                _reconciler.PutHpa(owner, _reconciler.Read(owner));
        });
        _parts.Agenda.In(TimeSpan.FromSeconds(3), () =>
        {
            if (life == Life && !owner.Gone)
                _queue.Add(owner);
        });
    }

    /// <summary>What the operator's watch last saw of one ScaledObject: only a change in these wakes it.</summary>
    private sealed record Seen(PauseAnnotations Pause, int Generation, bool Deleting)
    {
        /// <summary>Its HPA was just deleted by somebody else: that is put right faster than an un-pause.</summary>
        public bool Hasty { get; set; }

        public static Seen Of(StoredObject o) => new(PauseAnnotations.Of(o).AsWatched(), o.Metadata.Whole("generation") ?? 0, o.Deleting);

        public bool SameAs(Seen other) => Pause == other.Pause && Generation == other.Generation && Deleting == other.Deleting;
    }
}
