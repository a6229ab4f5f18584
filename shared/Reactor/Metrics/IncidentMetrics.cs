using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Metrics;

/// <summary>What the panel knows of incidents, of targets on their way, and of those that moved lately.</summary>
internal static class IncidentMetrics
{
    public static void Write(PrometheusText text, string cluster, Panel panel)
    {
        WriteIncidents(text, cluster, panel);
        WriteTargets(text, cluster, panel);
        WriteMoved(text, cluster, panel);
    }

    private static void WriteIncidents(PrometheusText text, string cluster, Panel panel)
    {
        var byCause = panel.Incidents.Values.GroupBy(incident => incident.Cause).ToList();
        text.Family("reactor_incidents_open", "gauge", "Open incidents by cause.");
        foreach (var cause in Enum.GetValues<Cause>().Where(Causes.Trips))
            text.Sample(panel.Incidents.Values.Count(incident => incident.Cause == cause), ("cluster", cluster), ("cause", Causes.Slug(cause)));

        text.Family("reactor_incidents_stage", "gauge", "Open incidents by the stage of their recovery; one that is held for a human is only held.");
        foreach (var stage in Enum.GetValues<Stage>())
            text.Sample(panel.Incidents.Values.Count(i => i.Hold is null && i.Recovery.Stage == stage), ("cluster", cluster), ("stage", Lower(stage)));
        text.Sample(panel.Incidents.Values.Count(i => i.Hold is not null), ("cluster", cluster), ("stage", "held"));

        text.Family("reactor_incident_held_since_timestamp_seconds", "gauge", "Since when an open incident of a cause has been held for a human; the longest.");
        foreach (var same in byCause.Where(same => same.Any(i => i.Hold is not null)))
            text.Sample(ReactorMetrics.Seconds(same.Min(i => i.Hold?.At)!.Value), ("cluster", cluster), ("cause", Causes.Slug(same.Key)));

        text.Family("reactor_incident_targets", "gauge", "Targets of open incidents of a cause: protected (on the fallback), handedback, leftalone.");
        foreach (var same in byCause)
        {
            foreach (var state in Enum.GetValues<MemberState>())
                text.Sample(same.Sum(i => i.Members.Values.Count(m => m.State == state)), ("cluster", cluster), ("cause", Causes.Slug(same.Key)), ("state", Lower(state)));
        }

        text.Family("reactor_incident_batch", "gauge", "Targets of the present canary or wave of open incidents of a cause.");
        foreach (var same in byCause)
            text.Sample(same.Sum(i => i.Recovery.Batch.Length), ("cluster", cluster), ("cause", Causes.Slug(same.Key)));
    }

    private static void WriteTargets(PrometheusText text, string cluster, Panel panel)
    {
        text.Family("reactor_handback_since_timestamp_seconds", "gauge", "Since when KEDA has been told to take a target back that it has not yet.");
        foreach (var target in panel.Targets.Values.Where(t => t is { Phase: Phase.HandingBack, HandbackSince: not null }))
            text.Sample(ReactorMetrics.Seconds(target.HandbackSince!.Value), ("cluster", cluster), ("namespace", target.Id.Namespace), ("scaledObject", target.Id.Name));

        text.Family("reactor_target_problem", "gauge", "1 for a target that a refusal stands in the way of, by its phase: tripping, onfallback, handingback.");
        foreach (var target in panel.Targets.Values.Where(t => t.Problem.Length > 0))
            text.Sample(1, ("cluster", cluster), ("namespace", target.Id.Namespace), ("scaledObject", target.Id.Name), ("phase", Lower(target.Phase)));
    }

    /// <summary>By the events of KEDA's HPAs, so that none is missed between two scrapes. Targets that did not move are not in it.</summary>
    private static void WriteMoved(PrometheusText text, string cluster, Panel panel)
    {
        text.Family("reactor_recent_rescales", "gauge", "Rescales of a target by KEDA's HPA in the five minutes before the last probe.");
        foreach (var (id, rescales) in Moved(panel))
            text.Sample(rescales.Count, ("cluster", cluster), ("namespace", id.Namespace), ("scaledObject", id.Name));
        text.Family("reactor_recent_direction_changes", "gauge", "Changes of direction among them.");
        foreach (var (id, rescales) in Moved(panel))
            text.Sample(Oscillating.Turns(rescales), ("cluster", cluster), ("namespace", id.Namespace), ("scaledObject", id.Name));
    }

    private static IEnumerable<(TargetId Id, List<Rescale> Rescales)> Moved(Panel panel) =>
        from window in panel.Windows
        let recent = window.Value.Rescales.Where(r => panel.LastProbeAt - r.At <= TimeSpan.FromMinutes(5)).ToList()
        where recent.Count > 0
        select (window.Key, recent);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
