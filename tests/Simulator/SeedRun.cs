using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Simulator.Actors;
using Sophia.Keda.Reactor.Simulator.Schedules;

namespace Sophia.Keda.Reactor.Simulator;

/// <summary>How one seed ended.</summary>
internal sealed record SeedResult(Schedule Schedule, IReadOnlyList<Breach> Breaches, ulong Hash, long Steps, TimeSpan Lived, long Faults, int Writes, int Deaths, IReadOnlyList<string> Said)
{
    public bool Holds => Breaches.Count == 0;
}

/// <summary>One world from its beginning to its rest: first everything may happen, then all is put right, and everything must come back.</summary>
internal static class SeedRun
{
    /// <summary>After all is well: recovery with its waits, and one that failed twice tried again at its own pace.</summary>
    private static readonly TimeSpan ComesBackWithin = TimeSpan.FromHours(3);

    /// <summary>On a thread of its own, with no context and no scheduler of anybody else's: what it waits for goes on right there.</summary>
    public static SeedResult Of(Schedule schedule)
    {
        SeedResult? result = null;
        var thread = new Thread(() => result = Here(schedule), 16 * 1024 * 1024);
        thread.Start();
        thread.Join();
        return result!;
    }

    private static SeedResult Here(Schedule schedule)
    {
        World? world = null;
        var faults = 0L;
        try
        {
            world = new World(schedule.Setting);
            Play(world, schedule);
            faults = world.Dice.Struck;
        }
        catch (Exception e) when (world is not null)
        {
            world.Broken(0, $"thrown: {e}");
        }

        return new SeedResult(
            schedule, world!.Breaches, world.Hash, world.Scheduler.Steps, world.Time.Now - world.Began, faults + world.Acts, world.Writes, world.Deaths, world.Said);
    }

    private static void Play(World world, Schedule schedule)
    {
        var player = new Player(world);
        world.Pass(TimeSpan.FromSeconds(40));
        player.Begin(schedule);
        world.Pass(schedule.Length + TimeSpan.FromSeconds(1));
        player.Heal();
        var person = new Person(world, SeededRandom.For(schedule.Setting.Seed, "cleaner"));
        person.KillSwitch(stop: false);
        world.Pass(TimeSpan.FromMinutes(2));
        var end = world.Time.Now + ComesBackWithin;
        for (var minutes = 0; world.Time.Now < end && !IsAtRest(world); minutes++)
        {
            // Somebody looks once in a while, as pages ask for it.
            if (minutes % 20 == 0)
            {
                if (!world.Panel.Replayed.IsEmpty)
                    person.Reset(new Selection(Scope.Cluster, null, null), ResetMode.Immediate);
                foreach (var incident in world.Panel.Incidents.Values)
                {
                    if (incident.Hold is not null)
                        person.Incident(incident.Id, IncidentOrderKind.Release);
                    if (incident.Cause == Cause.Manual)
                        person.Reset(new Selection(Scope.Cluster, null, null), ResetMode.Gradual);
                }
            }

            world.Pass(TimeSpan.FromMinutes(1));
        }

        if (!IsAtRest(world))
            world.Broken(10, $"not at rest {ComesBackWithin.TotalHours:0} h after all was well: {WhatIsLeft(world)}");
        world.Pass(TimeSpan.FromMinutes(3));
        foreach (var check in world.Checks)
            check.AtRest();
    }

    private static bool IsAtRest(World world) =>
        world.Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true, Notices.IsEmpty: true }
        && !world.Cluster.Snapshot().Targets.Any(target => target.Annotations.Keys.Any(key => key.StartsWith(Annotations.Prefix, StringComparison.Ordinal)));

    private static string WhatIsLeft(World world) => string.Join(
        "; ",
        world.Panel.Incidents.Values.Select(i => $"incident {i.Id} {i.Recovery.Stage} hold {i.Hold} left {i.Left} members {string.Join(",", i.Members.Select(m => $"{m.Key}={m.Value.State}/{m.Value.Reason}"))}")
            .Concat(world.Panel.Targets.Values.Select(t => $"target {t.Id} {t.Phase}"))
            .Concat(world.Panel.Notices.Select(n => $"notice {n.Key}")));
}
