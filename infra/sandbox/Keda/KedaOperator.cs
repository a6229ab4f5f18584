using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

public enum OperatorState
{
    Alive,

    /// <summary>No process: its Deployment has no available replica and the lease is no longer renewed.</summary>
    Dead,

    /// <summary>The process stands still: the Deployment looks well, the lease is no longer renewed, nothing is reconciled.</summary>
    Hung,
}

/// <summary>The KEDA operator as a process: alive or not, its watch on ScaledObjects and HPAs, and the steps of its reconciles.</summary>
public sealed partial class KedaOperator
{
    private static readonly TimeSpan TakesToStart = TimeSpan.FromMilliseconds(2500);
    private readonly ClusterParts _parts;
    private readonly KedaReconciler _reconciler;
    private readonly KedaStatus _status;
    private readonly HpaController _hpas;
    private readonly KedaTraits _traits;
    private readonly SeededRandom _random;
    private readonly KedaQueue _queue;
    private readonly Dictionary<StoredObject, Seen> _seen = [];
    private readonly Func<StoredObject, bool> _serves;
    private bool _heldLease;

    public KedaOperator(ClusterParts parts, OperatorSpec spec, KedaReconciler reconciler, KedaStatus status, HpaController hpas, KedaTraits traits)
    {
        Spec = spec;
        _serves = spec.Serves(traits);
        _traits = traits;
        _parts = parts;
        _reconciler = reconciler;
        _status = status;
        _hpas = hpas;
        _random = SeededRandom.For(parts.Seed, spec.Name);
        _queue = new KedaQueue(parts.Agenda) { Plan = Plan, Begin = Begin, Finish = Finish };
    }

    public OperatorSpec Spec { get; }

    /// <summary>Its release knows the arguments that it is started with.</summary>
    public bool Runs => Spec.Runs(_traits);

    public OperatorState State { get; private set; } = OperatorState.Alive;

    /// <summary>It holds the lease, reconciles, polls and answers the adapter.</summary>
    public bool Leading { get; private set; }

    /// <summary>Since when the adapter gets no answer.</summary>
    public DateTimeOffset? SilentSince { get; private set; }

    /// <summary>True for what its watch shows it.</summary>
    public bool Serves(StoredObject scaledObject) => _serves(scaledObject);

    /// <summary>How often it took over: what scheduled work checks to see whether its process still lives.</summary>
    public int Life { get; private set; }

    public Action? Took { get; set; }

    /// <summary>Its process lives but the API server takes no writes: it renews nothing and its reconciles come to nothing.</summary>
    public bool Suspended { get; private set; }

    public void Suspend()
    {
        Suspended = true;
        if (!Leading)
            return;
        Leading = false;
        _heldLease = true;
        Life++;
        _queue.Clear();
    }

    /// <param name="lost">It could not renew for so long that it ended itself: its next process takes the lease.</param>
    public void Resume(bool lost)
    {
        Suspended = false;
        var held = _heldLease;
        _heldLease = false;
        if (State != OperatorState.Alive)
            return;
        if (lost || !held)
        {
            Start();
            return;
        }

        Leading = true;
        LookAtAll();
    }

    /// <summary>How often (0 to 1) an un-pause is followed, 15 s later, by a Paused=True that stays for 56 s.</summary>
    public double PausedComesBack { get; set; } = 0.05;

    public bool Unpaced
    {
        get => _queue.Unpaced;
        set => _queue.Unpaced = value;
    }

    public void Stop(OperatorState how)
    {
        State = how;
        Leading = false;
        Life++;
        SilentSince ??= _parts.Agenda.Now;
        _queue.Clear();
        _reconciler.ForgetBegun();
    }

    public void Start(bool atOnce = false)
    {
        var delay = atOnce ? TimeSpan.Zero : State == OperatorState.Hung ? TimeSpan.FromMilliseconds(300) : TakesToStart;
        State = OperatorState.Alive;
        var life = ++Life;
        _parts.Agenda.In(delay, () =>
        {
            if (life == Life)
                Lead();
        });
    }

    private (double Requests, TimeSpan Takes) Plan(StoredObject scaledObject)
    {
        var hpa = _reconciler.Hpa(scaledObject);
        if (scaledObject.Deleting)
            return (2, _random.Milliseconds(20, 50));
        if (ScaledObjectView.Of(scaledObject).Pause.Full)
            return (hpa is null ? 0.5 : 2, _random.SkewedMilliseconds(18, 48, 1.5));
        if (hpa is null && _seen.TryGetValue(scaledObject, out var seen) && seen.Hasty)
            return (2, _random.Milliseconds(16, 24));
        return hpa is null ? (5.4, _random.SkewedMilliseconds(37, 72, 1.8)) : (0.5, _random.Milliseconds(10, 25));
    }

    private void Begin(StoredObject scaledObject, TimeSpan takes)
    {
        if (!_traits.Has(KedaTrait.ConditionComesBeforeTheHpaGoes))
            return;
        var life = Life;
        _parts.Agenda.In(takes * 0.6, () =>
        {
            if (life == Life && Leading && !scaledObject.Deleting)
                _reconciler.BeginPause(scaledObject);
        });
    }

    private void Finish(StoredObject scaledObject)
    {
        if (scaledObject.Gone)
            return;
        if (_seen.TryGetValue(scaledObject, out var seen))
            seen.Hasty = false;
        if (scaledObject.Deleting)
        {
            _reconciler.Finish(scaledObject);
        }
        else if (ScaledObjectView.Of(scaledObject).Pause.Full)
        {
            _reconciler.Pause(scaledObject);
        }
        else
        {
            var wasPaused = KedaStatus.Is(scaledObject, "Paused");
            _reconciler.Run(scaledObject);
            if (wasPaused && !_reconciler.Read(scaledObject).Pause.Any && _traits.Has(KedaTrait.PausedConditionFlaps))
                Flap(scaledObject);
        }
    }

    /// <summary>After most un-pauses the Paused condition says True once more for a moment, and sometimes much later (measured; #6421, #6982).</summary>
    private void Flap(StoredObject scaledObject)
    {
        if (_random.Chance(0.75))
        {
            SayPaused(scaledObject, _random.Milliseconds(40, 120), paused: true);
            SayPaused(scaledObject, _random.Milliseconds(300, 1500), paused: false);
        }

        if (_random.Chance(PausedComesBack))
        {
            SayPaused(scaledObject, TimeSpan.FromSeconds(15), paused: true);
            SayPaused(scaledObject, TimeSpan.FromSeconds(71), paused: false);
        }
    }

    private void SayPaused(StoredObject scaledObject, TimeSpan delay, bool paused)
    {
        var life = Life;
        _parts.Agenda.In(delay, () =>
        {
            if (life != Life || scaledObject.Gone || _reconciler.Read(scaledObject).Pause.Any)
                return;
            if (paused)
                _status.Set(scaledObject, "Paused", "True", "ScaledObjectPaused", "ScaledObject is paused");
            else
                _status.Set(scaledObject, "Paused", "False", "ScaledObjectUnpaused", "pause annotation removed for ScaledObject");
        });
    }

    private void Lead()
    {
        if (Suspended)
            return;
        Leading = true;
        var silent = SilentSince is not null;
        SilentSince = null;
        Took?.Invoke();
        // The adapter's hanging calls return first, and the HPAs act on them: 80 ms before a pause found now takes the HPA (measured).
        if (silent)
            _hpas.CallsReturn(_random, hpa => Owner(hpa) is { } owner && Serves(owner));

        var life = Life;
        _parts.Agenda.In(TimeSpan.FromMilliseconds(silent ? 45 : 0), () =>
        {
            if (life == Life)
                LookAtAll();
        });
    }

    private void LookAtAll()
    {
        foreach (var scaledObject in _parts.Store.All(Resources.ScaledObjects).Where(Serves).ToList())
        {
            _seen[scaledObject] = Seen.Of(scaledObject);
            _queue.Add(scaledObject);
        }
    }
}
