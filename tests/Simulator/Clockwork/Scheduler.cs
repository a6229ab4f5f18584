using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Clockwork;

/// <summary>
/// Whose turn it is, by the seed: among all processes that could go on, one makes one step. Time moves only when none can, to whatever
/// rings next.
/// </summary>
public sealed class Scheduler(VirtualTime time, SeededRandom random)
{
    private readonly List<SimProcess> _processes = [];

    /// <summary>Steps so far: two runs of one seed have the same number.</summary>
    public long Steps { get; private set; }

    public VirtualTime Time => time;

    public SimProcess Start(string name)
    {
        var process = new SimProcess(name, time.Now);
        _processes.RemoveAll(one => one.Dead);
        _processes.Add(process);
        return process;
    }

    public void RunUntil(DateTimeOffset end)
    {
        while (true)
        {
            while (Turn() is { } process)
            {
                Steps++;
                process.Step();
            }

            if (time.Now >= end)
                return;
            var next = time.Next is { } alarm && alarm < end ? alarm : end;
            foreach (var thawing in _processes)
                if (!thawing.Dead && thawing.FrozenUntil > time.Now && thawing.FrozenUntil < next)
                    next = thawing.FrozenUntil;
            time.MoveTo(next);
        }
    }

    private SimProcess? Turn()
    {
        SimProcess? only = null;
        var ready = 0;
        foreach (var process in _processes)
        {
            if (process.Dead || !process.CanGoOn(time.Now))
                continue;
            ready++;
            // Each of n with the same chance, without a list.
            if (ready == 1 || random.Whole(1, ready) == 1)
                only = process;
        }

        return only;
    }
}
