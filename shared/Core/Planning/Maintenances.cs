using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>A maintenance window at one moment, the policy's or an ordered one.</summary>
/// <param name="Id">The policy's name of it, or the id that the order was answered with.</param>
/// <param name="Selection">What it covers.</param>
/// <param name="Start">Of the present or the next occurrence.</param>
/// <param name="Until">Its end; null when the next occurrence's is not known yet.</param>
/// <param name="Active">True while it lasts.</param>
/// <param name="Reason">Why, as ordered; the policy's name for one of the policy.</param>
/// <param name="By">Who ordered it; "policy" for one of the policy.</param>
public sealed record MaintenanceWindow(string Id, Selection Selection, DateTimeOffset Start, DateTimeOffset? Until, bool Active, string Reason, string By)
{
    /// <summary>"maintenance keda-upgrade of the whole cluster until 23:00:00Z".</summary>
    public string Words => $"maintenance {Id} of {Selection}{(Until is { } until ? $" until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : "")}";
}

/// <summary>
/// What is in maintenance now. While a window covers a target, nothing moves it by itself: evidence is noted and does not trip it, and if it is on
/// its fallback already it stays there, since a KEDA under somebody's hands is no KEDA to test. What is in place is kept in place, a
/// batch that was under way at the start is finished and judged (half a hand-back is worse than either end), and orders by hand count as
/// always. What still stands at the end trips then in the normal way.
/// </summary>
public static class Maintenances
{
    /// <summary>All that are known: the active ones first, then by their start. Those of the policy that are over are left out.</summary>
    public static ImmutableArray<MaintenanceWindow> All(Panel panel, Policy policy, DateTimeOffset now) =>
    [
        .. policy.Maintenance.Select(planned => Of(planned, now)).OfType<MaintenanceWindow>()
            .Concat(panel.Maintenance.Values.Where(ordered => now < ordered.Until).Select(ordered => Of(ordered, now)))
            .OrderByDescending(window => window.Active)
            .ThenBy(window => window.Start),
    ];

    public static ImmutableArray<MaintenanceWindow> Active(Panel panel, Policy policy, DateTimeOffset now) =>
        policy.Maintenance.IsEmpty && panel.Maintenance.IsEmpty ? [] : [.. All(panel, policy, now).Where(window => window.Active)];

    /// <summary>The one that covers this target for longest, or null.</summary>
    public static MaintenanceWindow? Over(ImmutableArray<MaintenanceWindow> active, TargetId target) =>
        active.Where(window => window.Selection.Covers(target)).MaxBy(window => window.Until);

    /// <summary>The one that covers all that this evidence reaches, or null.</summary>
    public static MaintenanceWindow? Over(ImmutableArray<MaintenanceWindow> active, Selection reach) => active
        .Where(window => window.Selection.Scope == Scope.Cluster
            || (window.Selection.Scope == Scope.Namespace && reach.Scope != Scope.Cluster && reach.Namespace == window.Selection.Namespace)
            || window.Selection == reach)
        .MaxBy(window => window.Until);

    /// <summary>The one that keeps every target that an incident has on its fallback there, or null.</summary>
    public static MaintenanceWindow? Keeping(ImmutableArray<MaintenanceWindow> active, Incident incident)
    {
        if (active.IsEmpty || incident.Recovery.ByHand)
            return null;
        var over = incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => Over(active, m.Key)).ToList();
        return over.Count > 0 && over.TrueForAll(window => window is not null) ? over.MinBy(window => window!.Until) : null;
    }

    private static MaintenanceWindow Of(OrderedMaintenance ordered, DateTimeOffset now) =>
        new(ordered.Id, ordered.Selection, ordered.Start, ordered.Until, now >= ordered.Start, ordered.Reason, ordered.By);

    private static MaintenanceWindow? Of(PlannedMaintenance planned, DateTimeOffset now)
    {
        if (planned.Recurring is { } recurring)
        {
            return WindowTimes.OpenUntil(recurring, now) is { } until
                ? Made(WindowTimes.OpenSince(recurring, now) ?? now, until, active: true)
                : WindowTimes.OpensAfter(recurring, now) is { } opens ? Made(opens, WindowTimes.OpenUntil(recurring, opens), active: false) : null;
        }

        return planned is { Start: { } start, End: { } end } && now < end ? Made(start, end, active: now >= start) : null;

        MaintenanceWindow Made(DateTimeOffset from, DateTimeOffset? to, bool active) => new(planned.Name, planned.Selection, from, to, active, planned.Name, "policy");
    }
}
