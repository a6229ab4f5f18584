using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>
/// The real store, called so that each call is one indivisible step of the simulation, with an interruption before and after
/// every call that changes something.
/// </summary>
internal sealed class SimStore(Func<IStateStore> find, Interruptions interruptions) : IStateStore
{
    /// <summary>Reasons for the audit trail alone, while <see cref="Panel.ReadableSince"/> is 1.</summary>
    private static readonly Reason[] NewSinceVersion1 = [.. Enum.GetValues<Reason>().Where(reason => reason >= Reason.TrailBegun)];

    private IStateStore Inner => find();


    public Task<StoreCondition> OpenAsync(CancellationToken cancel) => Step(() => Inner.OpenAsync(cancel));

    public Task<StoredPanel> LoadAsync(CancellationToken cancel) => Step(() => Inner.LoadAsync(cancel));

    public Task<bool> SaveAsync(Commit commit, CancellationToken cancel)
    {
        // An instance of the version before may read it next, and refuses a panel with a word that it does not know.
        var panel = ReactorJson.Write(commit.Panel);
        Assert.All(NewSinceVersion1, reason => Assert.DoesNotContain($"\"{reason}\"", panel));
        return Effect(() => Inner.SaveAsync(commit, cancel), "save");
    }

    public Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel) => Effect(() => Inner.AppendAsync(signals, cancel), "append");

    public Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel) => Step(() => Inner.PendingAsync(limit, cancel));

    public Task<LeaseAnswer> AcquireLeaseAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel) =>
        Effect(() => Inner.AcquireLeaseAsync(name, owner, duration, cancel), "acquire");

    public Task<StoreLease?> RenewLeaseAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel) =>
        Effect(() => Inner.RenewLeaseAsync(lease, duration, cancel), "renew");

    public Task ReleaseLeaseAsync(StoreLease lease, CancellationToken cancel) =>
        interruptions.Dead ? Task.CompletedTask : Step(() => Inner.ReleaseLeaseAsync(lease, cancel).ContinueWith(_ => 0, TaskScheduler.Default));

    public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel) => Step(() => Inner.DuePagesAsync(now, limit, cancel));

    public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel) =>
        Effect(() => Inner.RecordDeliveryAsync(after, audit, cancel).ContinueWith(_ => 0, TaskScheduler.Default), "record");

    public Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel) => Step(() => Inner.CountPagesAsync(cancel));

    public Task QueuePagesAsync(IReadOnlyList<Page> pages, ImmutableArray<string> channels, CancellationToken cancel) =>
        Effect(() => Inner.QueuePagesAsync(pages, channels, cancel).ContinueWith(_ => 0, TaskScheduler.Default), "queue");

    public Task<ImmutableArray<OutboxEntry>> PagesAsync(PageQuery query, CancellationToken cancel) => Step(() => Inner.PagesAsync(query, cancel));

    public Task<bool> ResendAsync(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel) =>
        Effect(() => Inner.ResendAsync(pageId, channel, dueAt, audit, cancel), "resend");

    public Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel) =>
        Effect(() => Inner.AppendAuditAsync(records, cancel).ContinueWith(_ => 0, TaskScheduler.Default), "audit");

    public Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel) => Step(() => Inner.AuditAsync(query, cancel));

    public Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel) => Step(() => Inner.ClosedIncidentsAsync(limit, cancel));

    public Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel) => Step(() => Inner.ClosedIncidentAsync(id, cancel));

    private Task<T> Effect<T>(Func<Task<T>> call, string what)
    {
        interruptions.Before(what);
        var result = Step(call);
        interruptions.After(what);
        return result;
    }

    private Task<T> Step<T>(Func<Task<T>> call)
    {
        interruptions.IfDead();
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return Task.FromResult(call().GetAwaiter().GetResult());
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}

/// <summary>The process died here: nothing after this happened in it.</summary>
internal sealed class ProcessDiedException(string where) : Exception($"the process died {where}");

/// <summary>Counts the side effects of a process and kills it at a chosen one, before or after it took effect.</summary>
internal sealed class Interruptions
{
    public int Effects { get; private set; }

    /// <summary>The half-step at which to die: 2n before effect n, 2n + 1 after it.</summary>
    public int? DieAt { get; set; }

    public bool Dead { get; private set; }

    public string DiedAt { get; private set; } = "";

    public void Before(string what)
    {
        IfDead();
        if (DieAt == Effects * 2)
            Die("before " + what);
    }

    public void After(string what)
    {
        Effects++;
        if (DieAt == Effects * 2 - 1)
            Die("after " + what);
    }

    /// <summary>A dead process does nothing more, whatever its other threads were about to do.</summary>
    public void IfDead()
    {
        if (Dead)
            throw new ProcessDiedException(DiedAt);
    }

    /// <summary>From outside, at whatever it is doing.</summary>
    public void Kill()
    {
        Dead = true;
        DiedAt = "from outside";
    }

    private void Die(string where)
    {
        Dead = true;
        DiedAt = $"{where} (effect {Effects})";
        throw new ProcessDiedException(DiedAt);
    }
}
