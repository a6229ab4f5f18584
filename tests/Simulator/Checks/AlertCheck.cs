using Sophia.Keda.Reactor.Simulator.Actors;

namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>An alert that was acknowledged and fires counts within one repeat, also one that was resolved meanwhile and came back with its old start.</summary>
internal sealed class AlertCheck(World world) : ICheck
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(90);

    public void Look()
    {
        foreach (var firing in world.Firing)
        {
            if (firing.FiresUndisturbedSince is not { } since || firing.TakenAt is not { } taken || taken < since || world.Time.Now - taken > firing.Repeat + Slack)
                continue;
            var wait = firing.Repeat + Slack;
            if (world.Time.Now - since < wait || world.Truth.Calm(world.Time.Now - wait, world.Time.Now) < wait || world.Truth.WasReset(since))
                continue;
            if (!(world.Panel.Alerts.TryGetValue(firing.Fingerprint, out var known) && known.Counts))
                world.Broken(12, $"alert {firing.Fingerprint} of {firing.What} fires since {since:HH:mm:ss}, was taken at {taken:HH:mm:ss} and does not count");
        }
    }
}
