using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Simulator.Clockwork;
using Sophia.Keda.Reactor.Simulator.Faults;
using Sophia.Keda.Reactor.Simulator.Store;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulator.Reactors;

/// <summary>One reactor: production code, unchanged, as a process that ticks, delivers, and dies.</summary>
internal sealed class Instance
{
    private static readonly TimeSpan Delivery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DeliveryBudget = TimeSpan.FromSeconds(20);
    private readonly World _world;
    private readonly SeededRandom _random;
    private readonly PageDelivery _delivery;
    private readonly ITimer _tick;
    private readonly ITimer _deliver;

    public Instance(World world, string name, TimeSpan ahead, SeededRandom random)
    {
        (_world, _random) = (world, random);
        Process = world.Scheduler.Start(name);
        Clock = new SkewedTime(world.Time, ahead);
        Store = new SeededStore(world.Store, world.Weather, this);
        var network = new SeededNetwork(new InProcessHandler(world.Cluster, world.Time), world.Cluster.Faults, this, request => world.Wrote(this, request));
        var http = new ClusterConnection { Server = new Uri("http://127.0.0.1/") }.Connect(Clock, network);
        var client = new ClusterClient(http, world.Policy, new ClusterSettings(), Clock, random.Share, new MemorySigner(World.OwnKey));
        Loop = new ReactorLoop(Store, client, world.Policy, Clock, new Counters(), name, NullLogger<ReactorLoop>.Instance) { PagesQueued = _ => DeliverAsync() };
        var channels = new PageChannels(world.Receivers.Select(receiver => receiver.For(this)), Clock);
        _delivery = new PageDelivery(Store, channels, _ => Task.FromResult(new TrailState("", 0, AuditPoint.Beginning, AuditPoint.Beginning)), Clock, new Random(random.Whole(0, int.MaxValue - 1)), name);
        _tick = Every(world.Policy.HealthCheckInterval, () => Loop.RunAsync(default));
        _deliver = Every(Delivery, DeliverAsync);
    }

    public SimProcess Process { get; }

    public TimeProvider Clock { get; }

    public IStateStore Store { get; }

    public ReactorLoop Loop { get; }

    public string Name => Process.Name;

    public bool Dead => Process.Dead;

    public void Asks()
    {
        foreach (var check in _world.Checks)
            check.Asked(Name);
    }

    public FaultKind Fault(Places place) => _world.Dice.At(_world.Time.Now, place);

    /// <summary>A call to somewhere else takes its time; alone in the world nobody could come between.</summary>
    public Task MomentAsync() => _world.Alive <= 1 && !_random.Chance(0.05)
        ? Task.CompletedTask
        : Task.Delay(_random.SkewedMilliseconds(0, 40, 3) + TimeSpan.FromMilliseconds(1), _world.Time);

    /// <summary>Nothing after this happens in it.</summary>
    public Task CrashAsync(string where)
    {
        _world.Say($"{Name} dies {where}");
        Die();
        return NeverAsync();
    }

    public Task NeverAsync() => new TaskCompletionSource().Task;

    /// <summary>For longer than a lease.</summary>
    public Task SleepAsync()
    {
        var sleep = _world.Policy.Lease * _random.Between(0.5, 3);
        _world.Say($"{Name} stands still for {sleep.TotalSeconds:0.0} s");
        Process.FrozenUntil = _world.Time.Now + sleep;
        return Task.Delay(sleep, _world.Time);
    }

    public void Die()
    {
        Process.Die();
        _tick.Dispose();
        _deliver.Dispose();
    }

    /// <summary>Work in this process; a store that is down is no bug, all else is.</summary>
    public void Do(string what, Func<Task> work) => Process.Do(() => _ = DoAsync(what, work));

    private async Task DoAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (StoreUnavailableException)
        {
            // the caller hears 503
        }
        catch (OperationCanceledException) when (Dead)
        {
            // gone
        }
        catch (Exception e)
        {
            _world.Broken(0, $"{Name} threw on {what}: {e}");
        }
    }

    private ITimer Every(TimeSpan period, Func<Task> work) => _world.Time.CreateTimer(
        _ => Do("its timer", work), null, period * _random.Share(), period);

    private async Task DeliverAsync()
    {
        var deadline = Clock.GetUtcNow() + DeliveryBudget;
        await _delivery.DeliverAsync(Loop.PagesWithoutStore, deadline, default);
        await _delivery.DeliverAsync(deadline, default);
    }
}
