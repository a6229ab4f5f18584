using System.Collections.Immutable;
using System.Diagnostics;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>How large the state of one incident gets, and how long its steps take: min/median/max of some runs, by the machine's clock.</summary>
internal static class StoreBench
{
    private const int Runs = 7;

    public static async Task RunAsync(int[] sizes, TextWriter said)
    {
        foreach (var targets in sizes)
        {
            var (before, trip, at) = ManyTargets.Trip(targets);
            var seen = ManyTargets.See(targets, at);
            var outcomes = Plan.Writes(trip.Panel, seen, ManyTargets.Policy, at).SelectMany(chain => chain.Writes)
                .Select(write => new WriteOutcome { Write = write, Outcome = Outcome.Done, At = at, Status = 200, Took = TimeSpan.FromMilliseconds(7) }).ToList();
            var noted = Decide.Record(trip.Panel, outcomes, ManyTargets.Policy, at);
            await said.WriteLineAsync($"{targets} targets in one incident: panel {Kilo(PanelJson.Write(trip.Panel, UnknownMembers.None).Length)} of JSON, "
                + $"{trip.Audit.Length} audit records with the decision, {noted.Audit.Length} with its writes");
            await said.WriteLineAsync($"  decide {Time(() => Decide.Run(ManyTargets.Input(before, targets, at)))}");
            await said.WriteLineAsync($"  plan   {Time(() => Plan.Writes(trip.Panel, seen, ManyTargets.Policy, at))}");

            using (var folder = new TemporaryFolder())
            {
                var settings = new SqliteSettings { Path = Path.Combine(folder.Path, "state.db"), Limits = new StateLimits { Durability = Durability.Relaxed } };
                await MeasureAsync("SQLite", () => new SqliteStore("bench", settings, TimeProvider.System), trip, noted, said);
                await said.WriteLineAsync($"  SQLite file {Kilo(new FileInfo(settings.Path).Length)}");
            }

            using var server = new RedisServer();
            server.Start();
            var redis = new RedisSettings { Endpoints = [server.Endpoint], Limits = new StateLimits { Durability = Durability.Relaxed } };
            await MeasureAsync("Redis ", () => new RedisStore("bench", redis, TimeProvider.System), trip, noted, said);
            await said.WriteLineAsync($"  Redis memory {Kilo(long.Parse(((string)server.Do("INFO", "memory")!).Split("used_memory:")[1].Split('\r')[0]))}");
        }
    }

    private static async Task MeasureAsync(string name, Func<IStateStore> open, Decision trip, Decision noted, TextWriter said)
    {
        var store = open();
        var lease = (await store.AcquireLeaseAsync(LeaseName.Runner, "bench", TimeSpan.FromHours(1), default)).Lease;
        await SaveAsync(store, lease, Panel.Empty("bench"), []);
        await said.WriteLineAsync($"  {name} save the trip with its audit and page   {await TimeAsync(() => SaveAsync(store, lease, trip.Panel, trip.Audit, trip.Pages))}");
        await said.WriteLineAsync($"  {name} save its writes' outcomes                {await TimeAsync(() => SaveAsync(store, lease, noted.Panel, noted.Audit))}");
        await said.WriteLineAsync($"  {name} save a probe that changes little         {await TimeAsync(() => SaveAsync(store, lease, noted.Panel with { LastProbeAt = (noted.Panel.LastProbeAt ?? default).AddSeconds(Stopwatch.GetTimestamp() % 1000) }, []))}");
        await said.WriteLineAsync($"  {name} load, the process that saved it          {await TimeAsync(() => store.LoadAsync(default))}");
        await said.WriteLineAsync($"  {name} load, another process                    {await TimeAsync(async () => { var other = open(); await other.LoadAsync(default); (other as IDisposable)?.Dispose(); })}");
        var closed = trip.Panel.Incidents.Values.Select(i => i with { ClosedAt = i.OpenedAt.AddHours(1) }).ToImmutableArray();
        await said.WriteLineAsync($"  {name} close it: the incident leaves the panel  {await TimeAsync(() => SaveAsync(store, lease, Panel.Empty("bench"), [], closed: closed))}");
        (store as IDisposable)?.Dispose();
    }

    private static async Task SaveAsync(
        IStateStore store, StoreLease? lease, Panel panel, ImmutableArray<AuditRecord> audit, ImmutableArray<Page> pages = default, ImmutableArray<Incident> closed = default)
    {
        var stored = await store.LoadAsync(default);
        var saved = await store.SaveAsync(
            new Commit
            {
                Panel = panel, ExpectedRevision = stored.Revision, Lease = lease, Unknown = stored.Unknown, Audit = audit,
                Pages = pages.IsDefault ? [] : pages, Channels = ManyTargets.Policy.AlertChannels, Closed = closed.IsDefault ? [] : closed,
            },
            default);
        if (!saved) throw new InvalidOperationException("the save was refused");
    }

    private static string Time(Action work) => TimeAsync(() =>
    {
        work();
        return Task.CompletedTask;
    }).GetAwaiter().GetResult();

    private static async Task<string> TimeAsync(Func<Task> work)
    {
        await work(); // the first one compiles
        var took = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            var began = Stopwatch.GetTimestamp();
            await work();
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        took.Sort();
        return $"{took[0],8:0.0} / {took[Runs / 2],8:0.0} / {took[^1],8:0.0} ms";
    }

    private static string Kilo(long bytes) => bytes < 10_000_000 ? $"{bytes / 1000.0:0.0} kB" : $"{bytes / 1_000_000.0:0.0} MB";
}
