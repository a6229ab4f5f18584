using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>Something that happens to a world.</summary>
/// <param name="Name">The row's first cell.</param>
/// <param name="Lasts">How much time is played, a probe every 30 s: a sign counts when it has lasted.</param>
/// <param name="Happens">Done to the world first; what it gives is heard by the run after the first 30 s.</param>
/// <param name="Heard">True when it comes in through the webhook or as an order.</param>
internal sealed record Sign(string Name, TimeSpan Lasts, Func<World, Signal?> Happens, bool Heard = false)
{
    /// <summary>Done after each probe: what somebody does again and again.</summary>
    public Action<World> EachProbe { get; init; } = _ => { };

    /// <summary>False where it says nothing: what was never away can't come back.</summary>
    public Func<World, bool> Applies { get; init; } = _ => true;
}

internal static class Signs
{
    private static readonly TimeSpan Once = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(3);

    public static ImmutableArray<Sign> Time { get; } =
    [
        new("30 s pass", Once, _ => null),
        new("3 min pass", Lasting, _ => null),
        new("30 min pass", TimeSpan.FromMinutes(30), _ => null),
    ];

    public static ImmutableArray<Sign> All { get; } = [.. Alerts(), .. Probed(), .. ByOthers(), .. Orders()];

    private static IEnumerable<Sign> Alerts()
    {
        foreach (var (name, cause) in Policy.DefaultAlertNames.DistinctBy(a => a.Value).OrderBy(a => a.Value))
        {
            var target = Core.Causes.ScopeOf(cause) == Scope.Cluster ? null : "a";
            yield return new($"{name} fires", Once, w => Given.Alert(w, cause, target, fingerprint: "new", startsAt: w.Now), Heard: true);
            yield return new($"{name} resolves", Once, w => Resolved(w, cause, target), Heard: true);
        }

        yield return new("KEDAScalerErrors fires for a target that is not there", Once, w => Given.Alert(w, Cause.ScalerErrors, "z", fingerprint: "new"), Heard: true);
        yield return new("KEDA's event: a failed", Once, w => Given.Event(w, KedaEventTypes.Failed, "a"), Heard: true);
        yield return new("KEDA's event: a is ready", Once, w => Given.Event(w, KedaEventTypes.Ready, "a"), Heard: true);
    }

    private static IEnumerable<Sign> Probed()
    {
        yield return new("operator dead for 3 min", Lasting, w => Do(() => w.OperatorAlive = false));
        yield return new("operator dead for 3 min, KEDAOperatorDown fires", Lasting, w =>
        {
            w.OperatorAlive = false;
            return Given.Alert(w, Cause.OperatorUnhealthy, fingerprint: "new", startsAt: w.Now);
        }, Heard: true);
        yield return new("operator dead for 30 s", Once, w => Do(() => w.OperatorAlive = false));
        yield return new("operator back", Once, w => Do(() => w.OperatorAlive = true)) { Applies = w => !w.OperatorAlive };
        yield return new("metrics server down for 3 min", Lasting, w => Do(() => w.MetricsServerUp = false));
        yield return new("somebody else serves the external metrics for 3 min", Lasting, w => Do(() => w.MetricsTaken = Given.Taken(w)));
        yield return new("control plane quiet for 3 min", Lasting, w => Do(() => w.ControlPlaneWrites = false));
        yield return new("a goes back and forth for 3 min", Lasting, _ => null)
        {
            EachProbe = w =>
            {
                if (w.Targets.TryGetValue(World.Id("a"), out var a) && a.KedaHpa is not null)
                    foreach (var size in (int[])[5, 1])
                        w.Rescale("a", size);
            },
        };
        yield return new("a's trigger source gone for 3 min", Lasting, w => Do(() => w.Sourceless.Add("a")));
        yield return new("trigger sources of a, b and c gone for 3 min", Lasting, w => Do(() => w.Sourceless.UnionWith(["a", "b", "c"])));
        yield return new("all trigger sources are back", Once, w => Do(w.Sourceless.Clear)) { Applies = w => w.Sourceless.Count > 0 };
        yield return new("a shows Ready=False for 3 min", Lasting, w => Do(() => w.Change("a", v => v with { Ready = new ConditionView("False", "ScaledObjectCheckFailed", "") })));
        yield return new("KEDA ignores pauses", Once, w => Do(() => w.IgnoresPauses = true));
        yield return new("KEDA makes no HPA for 3 min", Lasting, w => Do(() => w.Stuck = true)) { Applies = w => !w.Stuck };
        yield return new("KEDA works again", Once, w => Do(() => w.Stuck = false)) { Applies = w => w.Stuck };
        yield return new("API server unreachable for 3 min", Lasting, w => Do(() => w.Visible = false)) { Applies = w => w.Visible };
        yield return new("API server back", Once, w => Do(() => w.Visible = true)) { Applies = w => !w.Visible };
        yield return new("writes work again", Once, w => Do(() => w.Ends = _ => Outcome.Done)) { Applies = w => w.Audit.Any(a => a.Reason == Reason.WriteFailed) };
        yield return new("store down for 3 min", Lasting, w => Do(() => w.StoreDownSince ??= w.Now)) { Applies = w => w.StoreDownSince is null };
        yield return new("store back", Once, w => Do(() => w.StoreDownSince = null)) { Applies = w => w.StoreDownSince is not null };
        yield return new("policy: mode observe", Once, w => Do(() => w.Policy = w.Policy with { ObserveOnly = true })) { Applies = w => !w.Policy.ObserveOnly };
        yield return new("policy: mode enforce", Once, w => Do(() => w.Policy = w.Policy with { ObserveOnly = false })) { Applies = w => w.Policy.ObserveOnly };
        yield return new("policy: enabled: false", Once, w => Do(() => w.Policy = w.Policy with { Enabled = false })) { Applies = w => w.Policy.Enabled };
    }

    private static IEnumerable<Sign> ByOthers()
    {
        yield return new("somebody pauses a (paused-replicas)", Once, w => Do(() => w.Annotate("a", Annotations.PausedReplicas, "3")));
        yield return new("that pause goes", Once, w => Do(() => w.Annotate("a", Annotations.PausedReplicas, null))) { Applies = IsPausedByOthers };
        yield return new("a foreign HPA appears on a", Once, w => Do(() => w.Change("a", v => v with { Hpas = v.Hpas.Add(Foreign(w)) })));
        yield return new("opt-out set on a", Once, w => Do(() => w.Annotate("a", Annotations.OptOut, "true")));
        yield return new("a is being deleted", Once, w => Do(() => w.Change("a", v => v with { Deleting = true })));
        yield return new("a is deleted", Once, w => Do(() => w.Delete("a")));
        yield return new("a is deleted and made again", Once, w => Do(() =>
        {
            w.Add("a");
            w.Change("a", v => v with { Uid = "uid-a-again" });
        }));
        yield return new("a new ScaledObject e", Once, w => Do(() => w.Add("e")));
        yield return new("somebody removes our pause from a", Once, w => Do(() => Unpause(w))) { Applies = OursIsOn };
        yield return new("somebody removes our pause from a, again and again for 3 min", Lasting, _ => null) { EachProbe = Unpause, Applies = OursIsOn };
        yield return new("somebody deletes a's HPA", Once, w => Do(() => w.Change("a", v => v with { Hpas = [] })));
    }

    private static IEnumerable<Sign> Orders()
    {
        yield return Order("trip a", w => Given.Trip(w, "a"));
        yield return Order("trip a, action freeze", w => Given.Trip(w, "a", action: FallbackAction.Freeze));
        yield return Order("trip a; the pause is refused (403)", w => Refusing<AnnotateScaledObject>(w, Given.Trip(w, "a")));
        yield return Order("trip a; the fallback is refused (403)", w => Refusing<ApplyFallbackHpa>(w, Given.Trip(w, "a")));
        yield return Order("trip a, min 15", w => Given.Trip(w, "a") with { Min = 15 });
        yield return Order("trip the cluster", w => Given.Trip(w, null));
        yield return Order("trip a target that is not there", w => Given.Trip(w, "z"));
        yield return Order("reset a gradual", w => Given.Reset(w, "a", ResetMode.Gradual));
        yield return Order("reset a immediate", w => Given.Reset(w, "a", ResetMode.Immediate));
        yield return Order("reset the cluster gradual", w => Given.Reset(w, null, ResetMode.Gradual));
        yield return Order("reset the cluster immediate", w => Given.Reset(w, null, ResetMode.Immediate));
        yield return Order("reset the incident gradual", w => Given.ResetIncident(w, w.Panel.Incidents.Keys.FirstOrDefault() ?? "none", ResetMode.Gradual));
        foreach (var kind in Enum.GetValues<IncidentOrderKind>())
            yield return Order(kind.ToString().ToLowerInvariant(), w => Given.OnIncident(w, w.Panel.Incidents.Keys.FirstOrDefault() ?? "none", kind));
        yield return Order("kill switch on", w => Given.KillSwitch(w, stop: true));
        yield return Order("kill switch off", w => Given.KillSwitch(w, stop: false, "k2"));
        yield return Order("maintenance of the cluster for 1 h", w => Given.Maintenance(w, TimeSpan.FromHours(1), requestId: "m3"));
        yield return Order("end of the maintenance", w => Given.EndOfMaintenance(w, w.Panel.Maintenance.Keys.FirstOrDefault() ?? "none"));
        yield return Order("an order that was answered before", w => w.Panel.Orders.IsEmpty ? null : Given.Trip(w, "a", w.Panel.Orders.Keys.First()));
    }

    private static Sign Order(string name, Func<World, Signal?> order) => new("order: " + name, Once, order, Heard: true);

    private static Signal? Do(Action action)
    {
        action();
        return null;
    }

    /// <summary>The end of what was heard firing, or of what never was.</summary>
    private static AlertSignal Resolved(World world, Cause cause, string? target)
    {
        var known = world.Panel.Alerts.Values.FirstOrDefault(m => m.Alert.Cause == cause)?.Alert;
        return Given.Alert(world, cause, target, firing: false, known?.Fingerprint ?? "unheard", known?.StartsAt);
    }

    private static bool OursIsOn(World world) => Pauses.IsOurs(world["a"]);

    private static bool IsPausedByOthers(World world) => world["a"].Annotations.ContainsKey(Annotations.PausedReplicas);

    private static void Unpause(World world)
    {
        if (world.Targets.ContainsKey(World.Id("a")) && Pauses.IsOurs(world["a"]))
            world.Annotate("a", Annotations.Paused, null);
    }

    private static HpaView Foreign(World world) => World.KedaHpa("a", 4, world.Now) with { Name = "somebodys", Uid = "hpa-foreign", Owner = HpaOwner.Other };

    private static Signal Refusing<T>(World world, Signal signal)
        where T : ClusterWrite
    {
        world.Refuses = write => write is T && write.Target == World.Id("a") ? "forbidden" : null;
        return signal;
    }
}
