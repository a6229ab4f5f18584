using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>Three operators share the ScaledObjects by namespace and by label. One dies: what it serves moves, and not a write goes to the others'.</summary>
public sealed class OneOperatorOfThree : ShortScenario
{
    private const string Dies = "keda-operator-sophia";

    public override string Name => "one-operator-of-three";

    public override string About => "three operators, each with its lease and its share; one dies: its targets move, nobody else's, and come back when it does";

    public override SandboxOptions Cluster(SandboxOptions ordinary) => ordinary with
    {
        KedaVersion = "2.21.0", // the first that looks at WATCH_LABEL_SELECTOR
        Operators =
        [
            new() { Name = "keda-operator-artemis", Lease = "artemis.keda.sh", WatchNamespace = "artemis-mesh" },
            new() { Name = Dies, Lease = "sophia.keda.sh", WatchNamespace = "sophia-mesh", WatchLabelSelector = "team notin (ai)" },
            new() { Name = "keda-operator-ai", Lease = "ai.keda.sh", WatchNamespace = "sophia-mesh", WatchLabelSelector = "team in (ai)" },
        ],
    };

    /// <summary>Every second ScaledObject of sophia-mesh is the AI team's.</summary>
    public override void Prepare(SandboxCluster cluster)
    {
        foreach (var (i, scaledObject) in cluster.Store.All(Resources.ScaledObjects).Where(o => o.Namespace == "sophia-mesh").OrderBy(o => o.Name, StringComparer.Ordinal).ToList().Index())
            if (i % 2 == 0)
                cluster.Store.Update(scaledObject, d => ((JsonObject)d["metadata"]!).Ensure("labels")["team"] = "ai", "kubectl-label");
        cluster.EndStep();
    }

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var state = random.One([OperatorState.Dead, OperatorState.Hung]);
        await story.PassAsync(random.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(90)), "all is well");
        var (its, others) = Shares(story);
        story.Check("each of the three serves something", its.Count > 0 && others.Count > 1);
        story.Rig.Kubernetes.Change(c => c.Faults.SetOperator(state, Dies));
        story.Mark($"{Dies} {(state == OperatorState.Dead ? "is killed" : "hangs")}: it serves {string.Join(", ", its)}", Name);

        await story.WaitAsync("the fallback to be in place", TimeSpan.FromMinutes(15), p => Its(p)?.FallbackInPlaceAt is not null);
        story.Mark("detected, and on the fallback", Name);
        var panel = await story.Rig.PanelAsync();
        story.Check("there is one incident, and it is this operator's", panel.Incidents.Values.Single().Operator == $"{KedaInstallation.Namespace}/{Dies}");
        story.Check("its targets are on their fallback, and nobody else's", Moved(panel).SetEquals(its.Except(story.Rig.Untouchable)));
        await story.PagesArriveAsync();
        var told = story.Bodies("slack").ToList();
        story.Check("the page names the operator, what it serves, and that nothing else is moved", told.Exists(t =>
            t.Contains($"operator {KedaInstallation.Namespace}/{Dies} is down") && t.Contains("It serves namespace sophia-mesh with labels team notin (ai), and nothing else is moved")));
        story.Read(story.Texts("slack").First(t => t.Contains("nothing else is moved", StringComparison.Ordinal)));
        await story.WhyAsync(story.Rig.Look().Targets.First(t => others.Contains(NameOf(t)) && !story.Rig.Untouchable.Contains(NameOf(t))));

        await story.PassAsync(random.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4)), "the operator stays away, the other two scale");
        story.Rig.Kubernetes.Change(c => c.Faults.SetOperator(OperatorState.Alive, Dies));
        story.Mark($"{Dies} is back", Name);
        await ClosesAsync(story);
        var theirs = story.Rig.Look().Targets.Where(t => others.Contains(NameOf(t))).ToList();
        var touched = theirs.Where(t => story.Rig.Writes.Any(w => IsTo(w.Path, t))).Select(NameOf).ToList();
        story.Check($"not a write went to the {others.Count} targets of the other two ({story.Rig.Writes.Count} went to the cluster)", touched.Count == 0);
    }

    private static Incident? Its(Panel panel) => panel.OpenIncident(Cause.OperatorUnhealthy, $"{KedaInstallation.Namespace}/{Dies}");

    private static HashSet<string> Moved(Panel panel) =>
        [.. panel.Incidents.Values.SelectMany(i => i.Members).Where(m => m.Value.State == MemberState.Protected).Select(m => $"{m.Key}")];

    /// <summary>By the operators' own watch.</summary>
    private static (HashSet<string> Its, HashSet<string> Others) Shares(StoryRun story) => story.Rig.Kubernetes.Look(cluster =>
    {
        var parted = cluster.Store.All(Resources.ScaledObjects).ToLookup(o => cluster.Operators.Single(one => one.Serves(o)).Spec.Name == Dies, o => $"{o.Namespace}/{o.Name}");
        return (parted[true].ToHashSet(), parted[false].ToHashSet());
    });

    /// <summary>The ScaledObject itself, its workload, KEDA's HPA or a fallback.</summary>
    private static bool IsTo(string path, TargetState target) => path.Contains($"/namespaces/{target.Namespace}/", StringComparison.Ordinal)
        && path.Split('/').Any(part => part == target.Name || part == target.Workload.Name || part == $"keda-hpa-{target.Name}" || part == FallbackName.For(target.Name));
}
