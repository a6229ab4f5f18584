using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests;

/// <summary>What the cluster of the world shows, and how it takes writes.</summary>
internal sealed partial class World
{
    private Observation? See()
    {
        if (!Visible)
            return null;
        if (OperatorAlive && !Hangs && !LeaseLeftBehind && ControlPlaneWrites is not false)
            _leaseRenewed = Now - ClusterClockBehind;
        if (ControlPlaneWrites is true)
            _controllerRenewed = Now - ClusterClockBehind;
        var seen = new Observation
        {
            At = Now,
            Targets = Targets.Where(t => !Unreadable.ContainsKey(t.Key.Name) && !EmptyLists.Contains("") && !EmptyLists.Contains(t.Key.Namespace)).ToImmutableSortedDictionary(),
            Lists = Lists,
            Unknown = Targets.Keys.Where(id => Unreadable.ContainsKey(id.Name)).ToImmutableSortedDictionary(id => id, id => Unreadable[id.Name]),
            Unread = [.. Targets.Keys.Where(id => Unreadable.ContainsKey(id.Name)).Select(id => new UnreadObject("ScaledObject", id.Namespace, id.Name, Unreadable[id.Name]))],
            Operator = new OperatorView { Namespace = "keda-system", Deployment = "keda-operator", WantedReplicas = OperatorWanted, AvailableReplicas = OperatorAlive ? 1 : 0, Lease = Lease, LeaseRenewTime = Lease is null ? null : _leaseRenewed },
            MetricsServer = new MetricsServerView { Available = MetricsServerUp, Reason = MetricsServerUp ? "Passed" : MetricsServerAbsent ? "NotFound" : "FailedDiscoveryCheck", Taken = MetricsTaken, Doubt = MetricsDoubt, GiveBack = MetricsTaken is not null || MetricsServerAbsent ? MetricsGiveBack : "" },
            Registrations = Registrations,
            WebhooksExpected = WebhooksExpected,
            ScaledJobs = ScaledJobs,
            ResourceMetrics = ResourceMetrics,
            ContainerMetrics = ContainerMetrics,
            ControllerManagerRenewTime = ControlPlaneWrites is null ? null : _controllerRenewed,
        };
        seen = Bend(Shards.Count > 0 ? WithShards(seen) : seen);
        return seen with { ReadAgain = [.. Marks.Unknown(Panel, seen)] };
    }

    private void KedaActs()
    {
        foreach (var name in HpasStarve ? [] : Targets.Keys.Where(id => id == Id(id.Name)).Select(id => id.Name).ToList())
            HpasAct(name);
        foreach (var name in Sourceless.Where(n => Targets.ContainsKey(Id(n))))
            KedaHpaShows(name, "False", "FailedGetExternalMetric");
        if (Stuck || (Shards.Count == 0 && (!OperatorAlive || Hangs)))
            return;
        foreach (var view in Targets.Values.Where(t => t.Replicas is not null && TakesPausedReplicas).ToList())
            Targets[view.Id] = TakePausedReplicas(view);
        foreach (var view in Targets.Values.Where(t => t.KedaHpa is not null && !t.HpaNamed).ToList())
            Targets[view.Id] = view with { HpaNamed = true };
        foreach (var view in Targets.Values.Where(t => !t.Deleting && t.Replicas is not null && !Broken.Contains(t.Id.Name) && IsServed(t)).ToList())
        {
            var stopped = (!IgnoresPauses && Pauses.Stops(view)) || (Deaf && view.KedaHpa is null && !view.Annotations.ContainsKey(Annotations.Paused));
            if (stopped && view.KedaHpa is not null)
                Targets[view.Id] = view with { Hpas = view.Hpas.RemoveAll(h => h.Owner == HpaOwner.Keda) };
            else if (!stopped && view.KedaHpa is null && !Refused.Contains(view.Id.Name))
                Targets[view.Id] = view with { Hpas = view.Hpas.Add(KedaHpa(view.Id.Name, view.Replicas?.Desired ?? 0, Now) with { Uid = $"hpa-{view.Id.Name}-{++_version}" }) };
        }
    }

    /// <summary>Scaled once, when the count is new; what people change afterwards is left alone (measured).</summary>
    private static TargetView TakePausedReplicas(TargetView view)
    {
        int? asked = int.TryParse(view.Annotations.GetValueOrDefault(Annotations.PausedReplicas), out var count) ? count : null;
        return asked == view.PausedReplicaCount ? view
            : view with { PausedReplicaCount = asked, Replicas = asked is { } n ? view.Replicas! with { Desired = n, Available = n } : view.Replicas };
    }

    private List<WriteOutcome> Act(WriteChain chain)
    {
        var outcomes = new List<WriteOutcome>();
        foreach (var write in chain.Writes)
        {
            if (Refuses(write) is { } words)
            {
                outcomes.Add(new WriteOutcome { Write = write, Outcome = Outcome.Refused, At = Now, Status = 403, Detail = words });
                break;
            }

            var outcome = write is ScaleWorkload scale && this[write.Target.Name].Replicas!.Desired is var count && count != scale.From
                ? count == scale.Replicas ? Outcome.AlreadyDone : Outcome.Conflict
                : Ends(write);
            if (outcome is Outcome.Done or Outcome.LostReply)
            {
                Written.Add(write);
                Apply(write);
            }

            outcomes.Add(new WriteOutcome { Write = write, Outcome = outcome, At = Now, Status = outcome == Outcome.Done ? 200 : null, Detail = $"{outcome} as the test says" });
            if (outcome is not (Outcome.Done or Outcome.AlreadyDone))
                break;
        }

        return outcomes;
    }

    /// <summary>The HPA controller looks at the fallback of a target: it raises the workload to the min.</summary>
    public void HpasAct(string name)
    {
        if (this[name] is { FallbackHpa: { } hpa, ForeignHpa: null, Replicas: { Desired: > 0 } here } && here.Desired < hpa.Min)
            Scale(name, hpa.Min, "kube-controller-manager");
    }

    /// <summary>A count with its writer, as managedFields tell it.</summary>
    public void Scale(string name, int replicas, string by, int? available = null) => Change(name, v => v with
    {
        Replicas = v.Replicas! with { Desired = replicas, Available = available ?? replicas, SetBy = new FieldWriter(by, Now) },
    });

    private void Apply(ClusterWrite write)
    {
        var name = write.Target.Name;
        switch (write)
        {
            case AnnotateScaledObject annotate:
                Assert.Equal(this[name].ResourceVersion, annotate.ResourceVersion);
                foreach (var (key, value) in annotate.Annotations)
                    Annotate(name, key, value);
                if (annotate.Annotations.ContainsKey(Annotations.Paused))
                    Change(name, v => v with { PauseSetBy = "" });
                if (annotate.Memory is { } memory)
                {
                    Annotate(name, Annotations.Memory, "signed");
                    Change(name, v => v with { Memory = memory, MemoryByOldKey = false });
                }

                if (!this[name].Annotations.ContainsKey(Annotations.Memory))
                    Change(name, v => v with { Memory = null });
                break;
            case DeleteHpa delete:
                Change(name, v => v with
                {
                    Hpas = v.Hpas.RemoveAll(h => h.Uid == delete.Uid),
                    NamesakeElsewhere = v.NamesakeElsewhere?.Uid == delete.Uid ? null : v.NamesakeElsewhere,
                });
                break;
            case ApplyFallbackHpa apply:
                Assert.Equal(this[name].OurHpas.SingleOrDefault()?.Uid, apply.Uid);
                Change(name, v => v with
                {
                    NamesakeElsewhere = null,
                    Hpas = v.Hpas.RemoveAll(h => h.Name == apply.Hpa.Name).Add(new HpaView
                    {
                        Name = apply.Hpa.Name,
                        Uid = "fallback-" + name,
                        Owner = HpaOwner.Reactor,
                        CreatedAt = Now,
                        Min = apply.Hpa.Min,
                        Max = apply.Hpa.Max,
                        CpuUtilization = apply.Hpa.CpuUtilization,
                        Container = apply.Hpa.Container,
                        OwnerUid = apply.Hpa.OwnerUid,
                        NeverDown = apply.Hpa.NeverDown,
                        NeverUp = apply.Hpa.NeverUp,
                        ScalingActive = new ConditionView("True", "ValidMetricFound", ""),
                    }),
                });

                break;
            case ScaleWorkload scale:
                Scale(name, scale.Replicas, Annotations.Manager);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(write.GetType().Name);
        }
    }
}
