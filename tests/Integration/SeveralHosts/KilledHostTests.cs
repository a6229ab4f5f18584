using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Story.Invariants;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>
/// Two reactors on one Redis guard one cluster; the one that is just acting is killed with SIGKILL. REACTOR_KILL_ROUNDS=10 kills each at ten
/// different writes; the suite does it once.
/// </summary>
public sealed class KilledHostTests(ITestOutputHelper output)
{
    /// <summary>Clocks of all run so many times as fast as the machine's: waits are most of the story.</summary>
    private const double Speed = 10;

    private static readonly TimeSpan Lease = new Policy().Lease;

    /// <summary>By the paced clock: a second of the machine's, which may have two cores and much else to do.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(12);

    public static TheoryData<int> Rounds => [.. Enumerable.Range(0, int.TryParse(Environment.GetEnvironmentVariable("REACTOR_KILL_ROUNDS"), out var rounds) ? rounds : 1)];

    [TheoryWithProgram(Contracts.Tests.State.Redis.RedisServer.Program)]
    [MemberData(nameof(Rounds))]
    public async Task Killed_in_the_middle_of_a_trip_it_is_followed_within_a_lease_and_the_end_is_the_same(int round)
    {
        await using var shared = await SharedCluster.StartAsync(Speed, moreTargets: 12);
        await StartBothAsync(shared);
        var kill = new Kill(shared, atWrite: 2 + round * 4);

        shared.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await shared.UntilAsync("the kill", () => kill.Happened);
        await shared.UntilAsync("every target on its fallback", () => shared.Look().Targets.All(target => target.OnFallback()));
        await BothAnswerAsync(shared);

        shared.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        await EndsAsync(shared, kill, $"trip, round {round}");
    }

    [TheoryWithProgram(Contracts.Tests.State.Redis.RedisServer.Program)]
    [MemberData(nameof(Rounds))]
    public async Task Killed_in_the_middle_of_a_wave_it_is_followed_within_a_lease_and_the_end_is_the_same(int round)
    {
        await using var shared = await SharedCluster.StartAsync(Speed, moreTargets: 12);
        await StartBothAsync(shared);
        shared.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await shared.UntilAsync("every target on its fallback", () => shared.Look().Targets.All(target => target.OnFallback()));

        // The canary is three writes: un-pause, delete the fallback, remove the marks. What comes after it is waves.
        var kill = new Kill(shared, atWrite: 4 + round * 4);
        shared.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        await shared.UntilAsync("the kill", () => kill.Happened);
        await BothAnswerAsync(shared);
        await EndsAsync(shared, kill, $"wave, round {round}");
    }

    private static async Task StartBothAsync(SharedCluster shared)
    {
        await Task.WhenAll(shared.StartHostAsync("one"), shared.StartHostAsync("two"));
    }

    /// <summary>The dead one is replaced, as a Deployment does; then whoever is asked answers the same.</summary>
    private static async Task BothAnswerAsync(SharedCluster shared)
    {
        await shared.StartHostAsync("three");
        var seen = await Task.WhenAll(shared.Alive.Select(host => host.GetAsync("incidents")));
        Assert.Equal(2, seen.Length);
        var ids = seen.Select(answer => (string)Assert.Single(answer["open"]!.AsArray())!["id"]!).Distinct();
        var id = Assert.Single(ids);
        foreach (var (host, n) in shared.Alive.Select((host, n) => (host, n)))
        {
            await AckAsync(host, id, $"ack-{n}");
        }
    }

    /// <summary>Kept at once; decided as soon as somebody runs, which the lease of a dead one puts off. The same requestId gets the answer then.</summary>
    private static async Task AckAsync(KillableHost host, string incident, string requestId)
    {
        for (var tries = 0; tries < 40; tries++)
        {
            var (status, body) = await host.PostAsync($"incidents/{incident}/ack", new JsonObject { ["reason"] = "seen", ["by"] = "ana", ["requestId"] = requestId });
            Assert.True(status == 202, $"{host.Name} answers an order with {status}: {body}");
            if ((string?)body["incident"] == incident) return;
            Assert.Contains("stored", (string?)body["next"]);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        Assert.Fail($"{host.Name} never said what became of the order {requestId}");
    }

    private async Task EndsAsync(SharedCluster shared, Kill kill, string what)
    {
        await shared.UntilAsync("every target back with KEDA", () => shared.Look().Targets.All(target => target.WithKedaAlone()));
        await shared.UntilAsync("the last page", () => shared.Pages("pagerduty") is [.., var last] && (string?)last["event_action"] == "resolve");

        var audit = await shared.AuditAsync();
        var settings = new InvariantSettings { Trips = InvariantSettings.TripsIn(audit) };
        Assert.Empty(shared.Kubernetes.Look(cluster => ClusterInvariants.DuringTheStory(cluster, settings).Concat(ClusterInvariants.AtTheEnd(cluster, settings)).ToList()));
        Assert.Equal(Enumerable.Range(1, audit.Count).Select(n => (long)n), audit.Select(a => a.Sequence));
        Assert.Single(audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Single(audit, a => a.Record.Reason == Reason.IncidentClosed);

        var pages = shared.Pages("pagerduty").Select(page => ((string)page["event_action"]!, (string)page["dedup_key"]!)).ToList();
        Assert.Equal("trigger", pages[0].Item1);
        Assert.Single(pages, page => page.Item1 == "resolve");
        Assert.Single(pages.Select(page => page.Item2).Distinct());
        Assert.NotEmpty(shared.Pages("slack"));

        Assert.NotNull(kill.FollowedAfter);
        Assert.True(kill.FollowedAfter <= Lease + Slack, $"{what}: followed after {kill.FollowedAfter}");
        output.WriteLine($"{what}: killed {kill.Killed} at its write {kill.AtWrite}; another ran {kill.FollowedAfter!.Value.TotalSeconds:0.0} s later; "
            + $"{audit.Count} audit records without a gap, {pages.Count} PagerDuty events, {shared.Pages("slack").Count} Slack messages");
    }

    /// <summary>Kills the reactor that makes the n-th of all writes, right after the API server has answered it.</summary>
    private sealed class Kill
    {
        private readonly SharedCluster shared;
        private readonly Lock sync = new();
        private DateTimeOffset at;
        private int writes;

        public Kill(SharedCluster shared, int atWrite)
        {
            (this.shared, AtWrite) = (shared, atWrite);
            shared.Asked = Asked;
        }

        public int AtWrite { get; }

        public bool Happened => Killed is not null;

        public string? Killed { get; private set; }

        /// <summary>When another one ran, by the paced clock.</summary>
        public TimeSpan? FollowedAfter { get; private set; }

        private void Asked(string host, ApiRequest request)
        {
            lock (sync)
            {
                if (Killed is null && request.Writes && ++writes == AtWrite)
                {
                    shared.Host(host).Kill();
                    (Killed, at) = (host, shared.Now);
                }
                else if (Killed is not null && host != Killed)
                {
                    FollowedAfter ??= shared.Now - at;
                }
            }
        }
    }
}
