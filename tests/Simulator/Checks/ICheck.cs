namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>One promise of the design, held against what really happened. No check calls the code that it checks.</summary>
internal interface ICheck
{
    /// <summary>Called for each request of a reactor to the API server, whatever becomes of it.</summary>
    void Asked(string reactor)
    {
    }

    /// <summary>Called for each write of a reactor that the API server took.</summary>
    void Wrote(HttpRequestMessage request)
    {
    }

    /// <summary>Called every minute.</summary>
    void Look()
    {
    }

    /// <summary>Called once everything was well for long enough that all must be as before.</summary>
    void AtRest()
    {
    }
}
