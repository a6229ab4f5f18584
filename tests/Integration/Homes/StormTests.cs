using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>Others have filled the priority level in which the API server serves ServiceAccounts.</summary>
public sealed class StormTests
{
    private const string Level = "workload-low";
    private const string WhoseLimit = "turned away by the API server's priority and fairness: no room in the priority level of this account's requests";

    [Fact]
    public async Task With_the_shipped_FlowSchema_a_storm_of_others_holds_up_no_trip()
    {
        await using var rig = await StartAsync();

        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));

        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.Where(t => Guarded.Contains(t.Namespace)).All(target => target.OnFallback()));
    }

    [Fact]
    public async Task Without_it_the_reactor_is_blind_and_its_page_says_whose_limit_it_is()
    {
        await using var rig = await StartAsync();

        rig.Kubernetes.Change(cluster => cluster.Store.Delete(cluster.Store.Find(Resources.FlowSchemas, "", ShippedAccess.Account)!, "kubectl"));

        await rig.UntilAsync("a page", () => rig.Pages("pagerduty").Count > 0);
        Assert.Contains(WhoseLimit, rig.Pages("pagerduty")[0].ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static string[] Guarded => Manifests.Settings["Kubernetes__Namespaces"].Split(',');

    private static async Task<GuardedCluster> StartAsync()
    {
        var rig = await GuardedCluster.StartAsync(moreTargets: 4, reactor: false);
        using (var http = new HttpClient { BaseAddress = rig.Kubernetes.Address })
            rig.MoreSettings["Kubernetes:Token"] = await ShippedAccess.ApplyAsync(ShippedAccess.Over(http));
        rig.MoreSettings["Kubernetes:Namespaces"] = string.Join(',', Guarded);
        rig.Kubernetes.Change(cluster => cluster.Faults.SetStorm(Level));
        await rig.StartReactorAsync();
        await rig.UntilAsync("a first probe", async () => (await rig.Client.GetAsync("health"))["reasons"]!.AsArray().Any(r => ((string)r!["text"]!).StartsWith("preflight: all ", StringComparison.Ordinal)));
        return rig;
    }
}
