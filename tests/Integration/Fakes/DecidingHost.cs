using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Integration.Tests.Fakes;

/// <summary>A running host whose loop really decides on what it is given, against a cluster of one target; nothing is ever written.</summary>
internal sealed class DecidingHost : IAsyncDisposable
{
    public const string Namespace = "mesh";
    public const string Name = "sophia";

    private readonly RunningHost host;

    private DecidingHost(RunningHost host) => this.host = host;

    public Panel Panel => host.Store.Panel;

    /// <summary>What was last asked of the audit trail.</summary>
    public State.AuditQuery? LastQuery => host.Store.LastQuery;

    /// <summary>As of the host's settings: the defaults.</summary>
    public static Policy Policy { get; } = new() { Cluster = "test" };

    public static async Task<DecidingHost> StartAsync()
    {
        var deciding = new DecidingHost(await RunningHost.StartAsync());
        deciding.host.Loop.Seen = FakeLoop.EmptyCluster(RunningHost.Start) with { Targets = ImmutableSortedDictionary<TargetId, TargetView>.Empty.Add(One.Id, One), Operator = new OperatorView { AvailableReplicas = 1, LeaseRenewTime = RunningHost.Start } };
        deciding.host.Loop.Decide = deciding.Decide;
        deciding.Look();
        return deciding;
    }

    public Task<HttpResponseMessage> SendAsync(string method, string path, string? role, string? body = null, Action<HttpRequestMessage>? bend = null) => host.SendAsync(method, path, role, body, bend);

    /// <summary>One run without a signal.</summary>
    public void Look() => Take([]);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static TargetView One { get; } = new()
    {
        Id = new TargetId(Namespace, Name),
        Uid = "u",
        ResourceVersion = "1",
        Workload = new WorkloadRef("apps/v1", "Deployment", Name),
        Min = 2,
        Max = 20,
        KedaHpaName = "keda-hpa-" + Name,
        Replicas = new WorkloadView { Desired = 4, Available = 4, Containers = [new("app", true)] },
        Ready = new ConditionView("True", "ScaledObjectReady", ""),
        Hpas =
        [
            new HpaView
            {
                Name = "keda-hpa-" + Name, Uid = "h", Owner = HpaOwner.Keda, CreatedAt = RunningHost.Start.AddHours(-1), DesiredReplicas = 4, CurrentReplicas = 4,
                ScalingActive = new ConditionView("True", "ValidMetricFound", ""),
            },
        ],
    };

    private Verdict? Decide(Signal signal) => Take([signal]).Verdicts.LastOrDefault(verdict => verdict.Key == signal.Key);

    private Decision Take(IReadOnlyList<Signal> signals)
    {
        var decision = Core.Decide.Run(new DecisionInput
        {
            Panel = host.Store.Panel, Observation = host.Loop.Seen, Signals = signals, Policy = Policy, Now = host.Time.GetUtcNow(),
        });
        host.Store.Panel = decision.Panel;
        host.Store.Audit.AddRange(decision.Audit);
        return decision;
    }
}
