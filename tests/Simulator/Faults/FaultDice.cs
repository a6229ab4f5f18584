using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Faults;

/// <summary>A time in which calls go wrong now and then, with dice of its own: to leave one out changes nothing about the others.</summary>
public sealed class FaultWindow(DateTimeOffset from, DateTimeOffset until, Places where, double rate, IReadOnlyList<FaultKind> kinds, ulong seed)
{
    private readonly SeededRandom _random = new(seed);

    public DateTimeOffset Until => until;

    public FaultKind At(DateTimeOffset now, Places place) =>
        now >= from && now < until && where.HasFlag(place) && _random.Chance(rate) ? kinds[_random.Whole(0, kinds.Count - 1)] : FaultKind.None;
}

/// <summary>Asked at every call of every reactor.</summary>
public sealed class FaultDice
{
    private readonly List<FaultWindow> _windows = [];

    public long Struck { get; private set; }

    public void Add(FaultWindow window) => _windows.Add(window);

    public void Clear() => _windows.Clear();

    public FaultKind At(DateTimeOffset now, Places place)
    {
        for (var i = _windows.Count - 1; i >= 0; i--)
        {
            if (_windows[i].Until <= now)
            {
                _windows.RemoveAt(i);
                continue;
            }

            if (_windows[i].At(now, place) is not FaultKind.None and var fault)
            {
                Struck++;
                return fault;
            }
        }

        return FaultKind.None;
    }
}
