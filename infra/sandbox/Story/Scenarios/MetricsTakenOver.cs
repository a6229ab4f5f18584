using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>
/// The case that this product began with (kedacore/keda#6475): another adapter's APIService takes the name away from KEDA and stays Available. It is
/// given back by the command that the page names, taken again while the workloads go back, and given back for good.
/// </summary>
public sealed class MetricsTakenOver : ShortScenario
{
    private const string Thief = "datadog/datadog-cluster-agent-metrics-api";

    public override string Name => "metrics-taken-over";

    public override string About => "another adapter takes the external metrics API and stays Available: trip, the page names it and the command that gives it back, taken again in the middle of recovery";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        await story.PassAsync(random.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(90)), "all is well");
        Take(story, "another adapter's APIService takes the name away from KEDA");
        await TripAsync(story, Cause.MetricsServerUnavailable);
        story.Check("the APIService is Available all the while", story.Rig.LastObservation is { MetricsServer: { Available: true, Taken: not null } });
        await story.PagesArriveAsync();
        var page = story.Texts("slack").FirstOrDefault(t => t.Contains("kubectl patch apiservice")) ?? "";
        story.Check("the page names who took it", page.Contains($"Service {Thief}") && page.Contains("last written by datadog-operator"));
        story.Check("the page names whose it is", page.Contains("not to KEDA's metrics server keda-system/keda-metrics-apiserver"));
        story.Read(page);

        await GiveBackAsync(story, page);
        await story.WaitAsync("the canary", TimeSpan.FromMinutes(30), p => p.OpenIncident(Cause.MetricsServerUnavailable) is { Recovery.Stage: Stage.Canary or Stage.Wave });
        Take(story, "the adapter's operator takes it again");
        await story.WaitAsync("everything to be on its fallback again", TimeSpan.FromMinutes(15), p => p.Targets.Values.All(t => t.Phase == Phase.OnFallback)
            && p.OpenIncident(Cause.MetricsServerUnavailable) is { Recovery.Stage: Stage.Tripped } open && open.Evidence.Values.Any(e => e.Standing));
        story.Mark("what was on its way back is on its fallback again", Name);
        await GiveBackAsync(story, page);
        await ClosesAsync(story);
        story.Check("it is KEDA's in the end", story.Rig.LastObservation is { MetricsServer: { Available: true, Taken: null, Doubt: "" } });
    }

    private void Take(StoryRun story, string what)
    {
        story.Rig.Kubernetes.Change(c => c.Faults.SetMetricsService(Thief));
        story.Mark(what, Name);
    }

    /// <summary>By the very words of the page.</summary>
    private async Task GiveBackAsync(StoryRun story, string page)
    {
        const string before = " --type=merge -p '";
        var start = page.IndexOf(before, StringComparison.Ordinal) + before.Length;
        var patch = (JsonObject)JsonNode.Parse(page[start..page.IndexOf('\'', start)])!;
        if ((await story.PatchAsync($"apis/apiregistration.k8s.io/v1/apiservices/{KedaInstallation.ApiServiceName}?fieldManager=kubectl-patch", patch)).Status != 200)
            throw new StoryStuckException("The page's command did not work.");
        story.Mark("somebody runs the page's command: the name is KEDA's again", Name);
    }
}
