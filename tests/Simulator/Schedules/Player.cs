using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Simulator.Actors;
using Sophia.Keda.Reactor.Simulator.Faults;

namespace Sophia.Keda.Reactor.Simulator.Schedules;

/// <summary>Carries out the acts of a schedule, each with dice of its own, and ends what it began.</summary>
internal sealed class Player(World world)
{
    /// <summary>The state that a schedule ends in is whatever its last acts left: these undo what is still on.</summary>
    private readonly List<Action> _undo = [];

    public void Begin(Schedule schedule)
    {
        foreach (var act in schedule.Acts)
            world.After(act.At, () => Do(act));
        Replace(SeededRandom.For(schedule.Setting.Seed, "platform"));
    }

    /// <summary>Everybody puts right what he did; nothing of it may be needed for what follows.</summary>
    public void Heal()
    {
        foreach (var undo in _undo.ToList())
            undo();
        world.Dice.Clear();
        world.Cluster.Faults.ClearApi();
        world.Say("all is well again");
    }

    private void Replace(SeededRandom random) => world.After(TimeSpan.FromSeconds(random.Whole(3, 25)), () =>
    {
        world.Replace();
        Replace(random);
    });

    private void Do(Act act)
    {
        world.Acts++;
        world.Say($"{act}");
        var random = new SeededRandom(act.Dice);
        var targets = world.Cluster.Snapshot().Targets;
        var target = targets.IsEmpty ? null : targets[act.Target % targets.Length];
        var until = world.Time.Now + act.For;
        var person = new Person(world, random);
        switch (act.Kind)
        {
            case ActKind.OperatorDies or ActKind.OperatorHangs:
                world.Truth.Reason(null, until);
                world.Cluster.Faults.SetOperator(act.Kind == ActKind.OperatorDies ? OperatorState.Dead : OperatorState.Hung);
                Later(act, () => world.Cluster.Faults.SetOperator(OperatorState.Alive));
                break;
            case ActKind.MetricsServerDies:
                world.Truth.Reason(null, until);
                world.Cluster.Faults.SetMetricsServer(up: false);
                Later(act, () => world.Cluster.Faults.SetMetricsServer(up: true));
                break;
            case ActKind.WebhookDies:
                world.Cluster.Faults.SetWebhook(running: false);
                Later(act, () => world.Cluster.Faults.SetWebhook(running: true));
                break;
            case ActKind.ControllerManagerDies:
                // Nobody syncs anything: no HPA acts, and whatever fails then says nothing of KEDA.
                world.Truth.Storm(until);
                world.Cluster.Faults.SetControllerManager(alive: false);
                Later(act, () => world.Cluster.Faults.SetControllerManager(alive: true));
                break;
            case ActKind.CallsFail:
                world.Truth.Storm(until);
                world.Dice.Add(new FaultWindow(
                    world.Time.Now, until, (Places)random.Whole(1, 3), Math.Pow(random.Share(), 2) * 0.5, KindsOf(random), random.Next()));
                break;
            case ActKind.ListsAreOld:
                world.Truth.Storm(until);
                world.Cluster.Faults.SetStaleList(TimeSpan.FromSeconds(random.Whole(1, 600)));
                Later(act, () => world.Cluster.Faults.SetStaleList(null));
                break;
            case ActKind.StoreGoesDown:
                world.Truth.Storm(until);
                world.Weather.Down = true;
                Later(act, () => world.Weather.Down = false);
                break;
            case ActKind.StoreIsCorrupt:
                world.Truth.Storm(until);
                world.Weather.Corrupt = true;
                Later(act, () => world.Weather.Corrupt = false);
                break;
            case ActKind.StoreIsLost:
                world.Truth.Storm(world.Time.Now);
                world.StoreWasLost = true;
                world.Copies.Clear();
                world.Store.PutBack(null);
                break;
            case ActKind.StoreGoesBack when world.Copies.Count > 0:
                world.Truth.Storm(world.Time.Now);
                world.StoreWasLost = true;
                var copy = random.Whole(0, world.Copies.Count - 1);
                world.Store.PutBack(world.Copies[copy]);
                world.Copies.RemoveRange(copy, world.Copies.Count - copy);
                break;
            case ActKind.PagersGoDown:
                world.Truth.Storm(until + TimeSpan.FromMinutes(6)); // the longest wait between two tries of a page
                world.Receivers[random.Whole(0, 1)].Down = true;
                Later(act, () => { foreach (var receiver in world.Receivers) receiver.Down = false; });
                break;
            case ActKind.ReactorDies:
                world.Truth.Storm(world.Time.Now + TimeSpan.FromSeconds(30));
                if (world.Somebody(random) is { } dying)
                    _ = dying.CrashAsync("by its platform");
                break;
            case ActKind.ReactorStandsStill:
                world.Truth.Storm(until);
                if (world.Somebody(random) is { } frozen)
                    frozen.Process.FrozenUntil = until;
                break;
            case ActKind.Trips:
                var selection = SelectionOf(random, target);
                world.Truth.Reason(selection.Scope == Scope.Target ? target!.Id() : null, DateTimeOffset.MaxValue);
                person.Trip(selection, random.Chance(0.6) ? act.For : null, hold: random.Chance(0.2));
                break;
            case ActKind.Resets:
                person.Reset(SelectionOf(random, target), random.Chance(0.5) ? ResetMode.Gradual : ResetMode.Immediate);
                break;
            case ActKind.HoldsAndReleases:
                foreach (var incident in world.Panel.Incidents.Keys)
                    person.Incident(incident, IncidentOrderKind.Hold);
                Later(act, () => Release(person));
                break;
            case ActKind.Acknowledges:
                foreach (var incident in world.Panel.Incidents.Keys)
                    person.Incident(incident, IncidentOrderKind.Ack);
                break;
            case ActKind.StopsWrites:
                world.Truth.Storm(until + TimeSpan.FromMinutes(3));
                person.KillSwitch(stop: true);
                Later(act, () => person.KillSwitch(stop: false));
                break;
            case ActKind.OrdersMaintenance:
                world.Truth.Storm(until + TimeSpan.FromMinutes(1));
                person.Maintenance(SelectionOf(random, target), act.For);
                break;
            default:
                if (target is not null)
                    DoTo(target, act, random, until);
                break;
        }
    }

    private void DoTo(TargetState target, Act act, SeededRandom random, DateTimeOffset until)
    {
        var (id, faults) = (target.Id(), world.Cluster.Faults);
        switch (act.Kind)
        {
            case ActKind.SourceDies:
                world.Truth.Reason(null, until); // three at once are reason enough for all
                faults.SetTriggerSource(target.Namespace, target.Name, random.Chance(0.5) ? TriggerFailure.Redis : TriggerFailure.Prometheus);
                Later(act, () => faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.None));
                return;
            case ActKind.QueueSwings:
                world.Truth.Reason(id, until);
                faults.SetOscillating(target.Namespace, target.Name, oscillating: true);
                Later(act, () => faults.SetOscillating(target.Namespace, target.Name, oscillating: false));
                return;
            case ActKind.AlertFires or ActKind.AlertReturns:
                var cause = random.Whole(0, 3) switch { 0 => Cause.OperatorUnhealthy, 1 => Cause.MetricsServerUnavailable, 2 => Cause.Oscillation, _ => Cause.ScalerErrors };
                new Alertmanager(world, random).Fires(
                    cause, Causes.ScopeOf(cause) == Scope.Cluster ? null : id, act.For, resolvesByTimeout: act.Kind == ActKind.AlertReturns);
                return;
        }

        world.Truth.Hands(id, until + TimeSpan.FromMinutes(1));
        switch (act.Kind)
        {
            case ActKind.PausesByHand:
                world.Annotate(target, "kubectl-annotate", random.Chance(0.8) ? (Annotations.Paused, "true") : (Annotations.PausedReplicas, $"{random.Whole(1, 5)}"));
                Later(act, () => world.Annotate(target, "kubectl-annotate", (Annotations.Paused, null), (Annotations.PausedReplicas, null)));
                break;
            case ActKind.TakesPauseAway:
                world.Annotate(target, "kubectl-annotate", (Annotations.Paused, null));
                break;
            case ActKind.AppliesOldYaml:
                // As it was at some time: with the marks of that time, or without any.
                var old = world.Cluster.Store.Find(Resources.ScaledObjects, target.Namespace, target.Name)?.Annotations?.DeepClone() ?? new JsonObject();
                world.After(act.For, () =>
                {
                    world.Truth.Hands(id, world.Time.Now + TimeSpan.FromMinutes(10));
                    var now = world.Cluster.Store.Find(Resources.ScaledObjects, target.Namespace, target.Name)?.Annotations;
                    foreach (var key in now?.Select(a => a.Key).ToList() ?? [])
                        if (!old.AsObject().ContainsKey(key))
                            old[key] = null;
                    world.Call("PATCH", target.ScaledObjectPath(), new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = old } }.ToJsonString(), "kubectl-client-side-apply");
                });
                break;
            case ActKind.ScalesByHand:
                world.Scale(target, random.Whole(1, Math.Max(1, target.Max)), "kubectl");
                break;
            case ActKind.GitOpsReverts:
                Again(act, TimeSpan.FromSeconds(random.Whole(30, 180)), until, () => world.Annotate(target, "argocd-controller", (Annotations.Paused, null)));
                break;
            case ActKind.FlaggerPauses:
                Again(act, TimeSpan.FromSeconds(random.Whole(60, 240)), until, () =>
                {
                    world.Annotate(target, "flagger", (Annotations.PausedReplicas, "0"));
                    Later(act with { For = TimeSpan.FromSeconds(40) }, () => world.Annotate(target, "flagger", (Annotations.PausedReplicas, null)));
                });
                break;
            case ActKind.DownscalerPauses:
                world.Annotate(target, "kube-downscaler", (Annotations.PausedReplicas, "0"));
                Later(act, () => world.Annotate(target, "kube-downscaler", (Annotations.PausedReplicas, null)));
                break;
            case ActKind.WorkloadGoes:
                Remove(target, act);
                break;
            case ActKind.ForeignHpaComes:
                world.Call("POST", target.HpasPath(), ForeignHpa(target), "kubectl", "application/json");
                Later(act, () => world.Call("DELETE", $"{target.HpasPath()}/of-others", null, "kubectl"));
                break;
            case ActKind.OptsOut:
                world.Annotate(target, "kubectl-annotate", (Annotations.OptOut, "true"));
                Later(act, () => world.Annotate(target, "kubectl-annotate", (Annotations.OptOut, null)));
                break;
            case ActKind.ObjectCanNotBeRead:
                var resource = random.Chance(0.5) ? Resources.Deployments : Resources.ScaledObjects;
                var name = resource == Resources.Deployments ? target.Workload.Name : target.Name;
                world.Bend(resource, target.Namespace, name, d => d["metadata"]!.AsObject().Ensure("labels")["tier"] = 5);
                Later(act, () => world.Bend(resource, target.Namespace, name, d => d["metadata"]!["labels"]?.AsObject().Remove("tier")));
                break;
            case ActKind.FallbackIsDeleted:
                foreach (var hpa in target.Hpas.Where(hpa => !hpa.HasKedaLabel))
                    world.Call("DELETE", $"{target.HpasPath()}/{hpa.Name}", null, "kubectl");
                break;
        }
    }

    /// <summary>Its Deployment is deleted and made again, as a careless deployment does.</summary>
    private void Remove(TargetState target, Act act)
    {
        if (world.Cluster.Store.Find(Resources.Deployments, target.Namespace, target.Workload.Name) is not { } workload)
            return;
        var document = (JsonObject)workload.Document.DeepClone();
        foreach (var made in new[] { "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields" })
            document["metadata"]!.AsObject().Remove(made);
        document.Remove("status");
        world.Call("DELETE", target.WorkloadPath(), null, "kubectl");
        Later(act, () => world.Call("POST", $"/apis/apps/v1/namespaces/{target.Namespace}/deployments", document.ToJsonString(), "kubectl", "application/json"));
    }

    private static string ForeignHpa(TargetState target) => new JsonObject
    {
        ["apiVersion"] = "autoscaling/v2",
        ["kind"] = "HorizontalPodAutoscaler",
        ["metadata"] = new JsonObject { ["name"] = "of-others", ["namespace"] = target.Namespace },
        ["spec"] = new JsonObject
        {
            ["minReplicas"] = 1,
            ["maxReplicas"] = target.Max,
            ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = target.Workload.Kind, ["name"] = target.Workload.Name },
        },
    }.ToJsonString();

    private static Selection SelectionOf(SeededRandom random, TargetState? target) => (target, random.Whole(0, 5)) switch
    {
        (null, _) or (_, 0) => new Selection(Scope.Cluster, null, null),
        (_, 1) => new Selection(Scope.Namespace, target.Namespace, null),
        _ => new Selection(Scope.Target, target.Namespace, target.Name),
    };

    private static FaultKind[] KindsOf(SeededRandom random)
    {
        var all = Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None).ToArray();
        return [.. all.Where(_ => random.Chance(0.5)), all[random.Whole(0, all.Length - 1)]];
    }

    private void Release(Person person)
    {
        foreach (var incident in world.Panel.Incidents.Values.Where(incident => incident.Hold is not null))
            person.Incident(incident.Id, IncidentOrderKind.Release);
    }

    private void Later(Act act, Action undo)
    {
        var done = false;
        void Once()
        {
            if (done)
                return;
            done = true;
            _undo.Remove(Once);
            undo();
        }

        _undo.Add(Once);
        world.After(act.For, Once);
    }

    private void Again(Act act, TimeSpan every, DateTimeOffset until, Action what)
    {
        if (world.Time.Now + every >= until)
            return;
        world.After(every, () =>
        {
            what();
            Again(act, every, until, what);
        });
    }
}
