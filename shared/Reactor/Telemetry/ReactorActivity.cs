using System.Diagnostics;

namespace Sophia.Keda.Reactor.Telemetry;

/// <summary>Our own spans. Outbound calls have none: the address of a Slack webhook is a secret, and spans hold addresses.</summary>
public static class ReactorActivity
{
    public const string SourceName = "Sophia.Keda.Reactor";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Null when nobody listens.</summary>
    /// <param name="name">What is done, of a fixed small set: "run", "timer Reconcile".</param>
    public static Activity? Start(string name) => Source.StartActivity(name);
}
