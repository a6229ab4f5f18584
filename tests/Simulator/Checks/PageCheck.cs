using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Simulator.Reactors;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>
/// Invariant 8 and its kin, by what the pager got: a trigger before everything else, nothing open once all is over, and what is critical gone
/// out within minutes, whatever else is queued.
/// </summary>
internal sealed class PageCheck(World world) : ICheck
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private readonly Dictionary<string, int> _read = [];
    private readonly HashSet<(string Channel, string Key)> _begun = [];

    public void Look()
    {
        foreach (var receiver in world.Receivers)
        {
            for (var i = _read.GetValueOrDefault(receiver.Name); i < receiver.Got.Count; i++)
                First(receiver.Name, receiver.Got[i]);
            _read[receiver.Name] = receiver.Got.Count;
        }

        if (world.Time.Now - world.Began < Soon || !world.Truth.IsCalmSince(world.Time.Now - Soon))
            return;
        foreach (var late in world.Store.Due(world.Time.Now, 1_000).Where(entry => entry.Page.Severity == Severity.Critical && world.Time.Now - entry.Page.At > Soon))
            world.Broken(11, $"a critical page waits on {late.Channel} since {late.Page.At:HH:mm:ss}: {late.Page.Title}");
    }

    public void AtRest()
    {
        foreach (var receiver in world.Receivers)
        {
            foreach (var about in receiver.Got.GroupBy(got => got.Page.DedupKey))
            {
                if (about.Last().Page.Kind != PageKind.Resolve)
                    world.Broken(8, $"{receiver.Name} is left open on {about.Key} with {about.Last().Page.Kind} \"{about.Last().Page.Title}\"");
            }
        }

        foreach (var waiting in world.Store.Pages(new PageQuery { State = DeliveryState.Waiting, Limit = 10 }))
            world.Broken(8, $"a page still waits on {waiting.Channel}: {waiting.Page.Title}");
    }

    private void First(string channel, Received got)
    {
        if (_begun.Add((channel, got.Page.DedupKey)) && got.Page.Kind is not PageKind.Trigger && !world.StoreWasLost)
            world.Broken(8, $"{channel} heard {got.Page.Kind} of {got.Page.DedupKey} before its trigger");
    }
}
