namespace Sophia.Keda.Reactor.Core.Tests.Properties;

/// <summary>Invariant 11: with k of n targets never coming back, every other is back with KEDA within a bound, for whatever reason they stay away.</summary>
public sealed class StragglerProperties
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_the_others_do_a_healthy_target_is_back_within_a_bound(int seed)
    {
        // Not a secret and not a clock: the same seed tells the same story.
        var random = new Random(seed);
        var n = random.Next(2, 25);
        var k = random.Next(1, n);
        var world = new World([.. Enumerable.Range(0, n).Select(i => $"t{i:00}")]);
        var never = world.Targets.Keys.OrderBy(_ => random.Next()).Take(k).Select(id => id.Name).ToList();
        Trip(world, random.Next(4), never);
        StayAway(world, random.Next(6), never);

        // Two canaries a try and two failures of each at most, with the longest wait between the tries.
        var bound = TimeSpan.FromHours(1) + k * 1.2 * (world.Policy.LongestWait + TimeSpan.FromMinutes(45));
        var end = world.Now + bound;
        while (world.Now < end && !Back(world, never))
            world.Pass(TimeSpan.FromSeconds(30));
        Assert.True(Back(world, never), $"seed {seed}: {n - k} of {n} are not back after {bound}: {string.Join(", ", world.Panel.Targets.Keys)}; never: {string.Join(", ", never)}; {string.Join("; ", world.Panel.Incidents.Values.Select(i => $"{i.Id} {i.Recovery.Stage} {i.Attempts} {i.Hold?.Words}"))}");
        Assert.All(world.Panel.Incidents.Values, i => Assert.Null(i.Hold));
    }

    private static bool Back(World world, List<string> never) => world.Targets.Values
        .Where(v => !never.Contains(v.Id.Name))
        .All(v => v is { KedaHpa: not null, FallbackHpa: null } && !world.Panel.Targets.ContainsKey(v.Id));

    private static void Trip(World world, int cause, List<string> never)
    {
        world.Policy = world.Policy with { BlastRadiusPercent = 100 };
        world.Run();
        switch (cause)
        {
            case 0:
                world.OperatorAlive = false;
                break;
            case 1:
                world.MetricsServerUp = false;
                break;
            case 2:
                foreach (var name in never.Concat(world.Targets.Keys.Select(id => id.Name)).Distinct().ToList())
                    world.Hear(Given.Alert(world, Cause.ScalerErrors, name, fingerprint: name));
                break;
            default:
                foreach (var name in world.Targets.Keys.Select(id => id.Name).ToList())
                    world.KedaHpaShows(name, "False", "FailedGetExternalMetric");
                break;
        }

        world.PassUntil(() => world.Panel.Targets.Count == world.Targets.Count && world.Panel.Targets.Values.All(t => t.Phase == Phase.OnFallback), "all on their fallback");
        world.OperatorAlive = world.MetricsServerUp = true;
        if (cause == 2)
            foreach (var name in world.Targets.Keys.Select(id => id.Name).ToList())
                world.Hear(Given.Alert(world, Cause.ScalerErrors, name, firing: false, fingerprint: name));
    }

    private static void StayAway(World world, int how, List<string> never)
    {
        switch (how)
        {
            case 0:
                world.Sourceless.UnionWith(never);
                break;
            case 1:
                world.Refused.UnionWith(never);
                break;
            case 2:
                world.Refuses = w => w is AnnotateScaledObject { Purpose: var p } && p.StartsWith("un-pause", StringComparison.Ordinal) && never.Contains(w.Target.Name) ? "admission webhook denied" : null;
                break;
            case 3:
                world.Happens = Each(v => v with { Ready = new("False", "ScaledObjectCheckFailed", "") });
                break;
            case 4:
                // Its pods never come up: nothing can be judged.
                world.Happens = Each(v => v with { Replicas = v.Replicas! with { Available = 0 } });
                break;
            default:
                // Its scaler flaps: back and forth at every sync while KEDA scales it.
                world.Happens = w =>
                {
                    foreach (var name in never.Where(name => w[name].KedaHpa is not null))
                        for (var i = 0; i < 2; i++)
                            w.Rescale(name, w[name].Replicas!.Desired == 5 ? 1 : 5, TimeSpan.FromSeconds(15 * (1 - i)));
                };
                break;
        }

        Action<World> Each(Func<TargetView, TargetView> change) => w =>
        {
            foreach (var name in never.Where(name => w[name].KedaHpa is not null))
                w.Change(name, change);
        };
    }
}
