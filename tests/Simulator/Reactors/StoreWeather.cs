using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulator.Reactors;

/// <summary>How the store is for everybody: up, down, or holding something that nobody can read.</summary>
internal sealed class StoreWeather
{
    public bool Down { get; set; }

    public bool Corrupt { get; set; }

    public void ThrowIfBad()
    {
        if (Down)
            throw new StoreUnavailableException("the store is down") { NothingKept = true };
        if (Corrupt)
            throw new StoreContentException("a page of the file is broken", Misfit.Damaged);
    }
}
