using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>
/// The operator's work queue: five reconciles at a time and twenty API requests a second. With these a pause (two requests) goes at
/// ten a second and an un-pause (five to six) at 3.7 a second, as measured with sixty ScaledObjects (also #4642).
/// </summary>
public sealed class KedaQueue
{
    private const int Workers = 5;
    private const double RequestsPerSecond = 20;
    private const double Burst = 10;

    private readonly Agenda _agenda;
    private readonly Queue<StoredObject> _waiting = new();
    private readonly HashSet<StoredObject> _queued = [];
    private readonly HashSet<StoredObject> _running = [];
    private readonly HashSet<StoredObject> _again = [];
    private double _tokens = Burst;
    private DateTimeOffset _filled;
    private int _life;

    public KedaQueue(Agenda agenda)
    {
        _agenda = agenda;
        _filled = agenda.Now;
    }

    /// <summary>Starts the work on one object: says what it costs in requests, and schedules its steps after the given wait.</summary>
    public required Func<StoredObject, (double Requests, TimeSpan Takes)> Plan { get; init; }

    public required Action<StoredObject, TimeSpan> Begin { get; init; }

    public required Action<StoredObject> Finish { get; init; }

    public bool Unpaced { get; set; }

    public int Waiting => _waiting.Count;

    public void Add(StoredObject scaledObject)
    {
        if (_running.Contains(scaledObject))
            _again.Add(scaledObject);
        else if (_queued.Add(scaledObject))
            _waiting.Enqueue(scaledObject);
        Pump();
    }

    /// <summary>The process is gone: whatever was queued or under way is forgotten.</summary>
    public void Clear()
    {
        _life++;
        _waiting.Clear();
        _queued.Clear();
        _running.Clear();
        _again.Clear();
    }

    private void Pump()
    {
        while ((_running.Count < Workers || Unpaced) && _waiting.TryDequeue(out var next))
        {
            _queued.Remove(next);
            _running.Add(next);
            var life = _life;
            var (requests, takes) = Plan(next);
            var wait = Reserve(requests);
            _agenda.In(wait, () => IfAlive(life, () => Begin(next, takes)));
            _agenda.In(wait + takes, () => IfAlive(life, () => Done(next)));
        }
    }

    private void Done(StoredObject scaledObject)
    {
        Finish(scaledObject);
        _running.Remove(scaledObject);
        if (_again.Remove(scaledObject) && _queued.Add(scaledObject))
            _waiting.Enqueue(scaledObject);
        Pump();
    }

    private void IfAlive(int life, Action what)
    {
        if (life == _life)
            what();
    }

    private TimeSpan Reserve(double requests)
    {
        if (Unpaced)
            return TimeSpan.Zero;
        _tokens = Math.Min(Burst, _tokens + ((_agenda.Now - _filled).TotalSeconds * RequestsPerSecond));
        _filled = _agenda.Now;
        _tokens -= requests;
        return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / RequestsPerSecond);
    }
}
