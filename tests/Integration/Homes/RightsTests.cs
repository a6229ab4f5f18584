using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>The shipped cluster roles against what the reactor really asks the API server for, both ways.</summary>
public sealed class RightsTests(ITestOutputHelper output)
{
    private const string Account = "sophia-keda-reactor";
    private const string Home = "keda-reactor";
    private const string Store = "sophia-store";

    private static readonly IReadOnlyList<Right> Rights = Right.Of(Manifests.Applied, Account, Home);

    [Fact]
    public async Task Every_request_of_the_reactor_is_allowed_and_nothing_is_allowed_that_it_never_asks_for()
    {
        var all = new ConcurrentDictionary<Asked, bool>();
        await using (var rig = await GuardedCluster.StartAsync(moreTargets: 4))
        {
            rig.Answered = (request, status) =>
            {
                if (!request.UserAgent.StartsWith(Annotations.Manager, StringComparison.Ordinal)) return;
                foreach (var asked in Asked.Of(request, status)) all[asked] = true;
            };
            AddStatefulSet(rig);
            NameTheLease(rig);
            await OperatorDiesAndReturnsAsync(rig);
            await FixedReplicasAsync(rig);
            await StoreIsLostWhileTrippedAsync(rig);
            await OtherKindsAsync(rig);
            await NobodyCouldBePagedAsync(rig);
            await KedaIsTakenAwayAsync(rig);
        }

        foreach (var line in all.Keys.Select(a => $"{a.Verb} {a.Resource} {a.Group}").Distinct().Order(StringComparer.Ordinal)) output.WriteLine(line);
        var refused = all.Keys.Where(asked => !Rights.Any(right => right.Allows(asked))).ToList();

        // A role that is bound in several namespaces need not be used up in each.
        var idle = Rights.GroupBy(right => right.ToString()).Where(same => !same.Any(right => all.Keys.Any(right.Allows))).Select(same => same.Key).ToList();
        Assert.Empty(refused);
        Assert.Empty(idle);
    }

    [Fact]
    public void Nothing_of_it_reads_secrets_and_no_rule_has_a_wildcard()
    {
        Assert.NotEmpty(Rights);
        Assert.DoesNotContain(Rights, right => right.Resource is "secrets" or "configmaps" or "pods" || right.Verb == "*" || right.Resource == "*" || right.Group == "*");
    }

    /// <summary>A Role can't be bound anywhere else; a ClusterRole could.</summary>
    [Fact]
    public void What_may_be_written_is_granted_by_Roles_alone() => Assert.All(
        Manifests.Applied.Where(d => d.Word("kind") == "RoleBinding"), binding => Assert.Equal("Role", binding.Word("roleRef", "kind")));

    /// <summary>"May I?" is a POST that writes nothing.</summary>
    [Fact]
    public void Writes_are_bound_in_the_guarded_namespaces_and_nowhere_else()
    {
        string[] writing = ["create", "patch", "update", "delete", "deletecollection"];
        var guarded = Manifests.Settings["Kubernetes__Namespaces"].Split(',');

        Assert.Equal(guarded.Order(StringComparer.Ordinal), Rights.Where(right => writing.Contains(right.Verb) && right.Resource != "selfsubjectaccessreviews").Select(right => right.Namespace ?? "(everywhere)").Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Whoever runs several operators gives each a lease of its own name.</summary>
    private static void NameTheLease(GuardedCluster rig) => rig.Kubernetes.Change(cluster => cluster.Store.Update(
        cluster.Store.Find(Resources.Deployments, KedaInstallation.Namespace, KedaInstallation.Operator)!,
        d => d["spec"]!["template"]!["spec"]!["containers"]![0]!["args"] = new JsonArray("--leader-elect", "--leader-election-id=team.keda.sh"),
        "tests"));

    private static async Task OperatorDiesAndReturnsAsync(GuardedCluster rig)
    {
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        await rig.UntilAsync("every target back with KEDA", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
        await ClosedAsync(rig);
    }

    private static async Task FixedReplicasAsync(GuardedCluster rig)
    {
        var trip = await rig.Client.OrderAsync("breakers/trip", Order(("action", "replicas"), ("replicas", 7)));
        Assert.Equal(202, trip.Status);
        await rig.UntilAsync("seven replicas", () => rig.Target("sophia-ai-services").Replicas == 7);
        await rig.Client.OrderAsync("breakers/reset", Order(("mode", "immediate")));
        await ClosedAsync(rig);
    }

    /// <summary>What is rebuilt from annotations is read again, object by object.</summary>
    private static async Task StoreIsLostWhileTrippedAsync(GuardedCluster rig)
    {
        await rig.Client.OrderAsync("breakers/trip", Order());
        await rig.UntilAsync("the target on its fallback", () => rig.Target("sophia-ai-services").OnFallback());
        await rig.StopReactorAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(rig.DatabasePath)!)) File.Delete(file);
        await rig.StartReactorAsync();
        await rig.UntilAsync("the incident again", async () => (await rig.Client.GetAsync("incidents"))["open"]!.AsArray().Count == 1);
    }

    /// <summary>A definition is read only while its resource is not served.</summary>
    private static async Task KedaIsTakenAwayAsync(GuardedCluster rig)
    {
        var connection = new ClusterConnection { Server = rig.Kubernetes.Address };
        var client = new ClusterClient(connection.Connect(TimeProvider.System), new Policy(), new ClusterSettings(), TimeProvider.System, () => 0);
        Delete("scaledjobs", "triggerauthentications", "clustertriggerauthentications");
        Assert.Equal(3, (await client.ObserveAsync(CancellationToken.None)).Observation!.Registrations.Count(r => r.Standing == Standing.Gone));
        Delete("scaledobjects");
        Assert.Equal(Standing.Gone, (await client.ObserveAsync(CancellationToken.None)).NotServed?.Standing);

        void Delete(params string[] kinds) => rig.Kubernetes.Change(cluster =>
        {
            foreach (var kind in kinds)
                cluster.Store.Delete(cluster.Store.Find(Resources.Definitions, "", $"{kind}.keda.sh")!, "helm");
        });
    }

    /// <summary>When no channel takes a page, the ScaledObject says so; the same news twice is one Event.</summary>
    private static async Task NobodyCouldBePagedAsync(GuardedCluster rig)
    {
        var connection = new ClusterConnection { Server = rig.Kubernetes.Address };
        var client = new ClusterClient(connection.Connect(TimeProvider.System), new Policy(), new ClusterSettings(), TimeProvider.System, () => 0);
        var told = new EventOnTarget(new TargetId("sophia-mesh", "sophia-ai-services"), null, "page-1", "PageNotDelivered", "Nobody could be paged.", TimeProvider.System.GetUtcNow());
        Assert.True(await client.TellAsync(told, CancellationToken.None));
        Assert.True(await client.TellAsync(told, CancellationToken.None));
    }

    /// <summary>A StatefulSet's /scale, and one of a kind that must be looked up.</summary>
    private static async Task OtherKindsAsync(GuardedCluster rig)
    {
        var connection = new ClusterConnection { Server = rig.Kubernetes.Address };
        var client = new ClusterClient(connection.Connect(TimeProvider.System), new Policy(), new ClusterSettings(), TimeProvider.System, () => 0);
        var deployment = rig.Kubernetes.Look(cluster => Workloads.Wanted(cluster.Store.Find(Resources.Deployments, "sophia-mesh", "sophia-ai-services")!));
        var count = rig.Kubernetes.Look(cluster => Workloads.Wanted(cluster.Store.Find(Resources.StatefulSets, "sophia-mesh", Store)!));
        var ends = await client.ActAsync(
            [
                ScaleOf(new WorkloadRef("apps/v1", "Deployment", "sophia-ai-services"), deployment),
                ScaleOf(new WorkloadRef("apps/v1", "StatefulSet", Store), count),
                ScaleOf(new WorkloadRef("apps.kruise.io/v1alpha1", "CloneSet", "sophia-web"), count),
                ScaleOf(new WorkloadRef("v1", "ReplicationController", "sophia-old"), count),
            ],
            _ => true,
            CancellationToken.None);

        // The sandbox knows no such kinds: that they were looked up is what counts here.
        Assert.Equal([true, true, false, false], ends.Select(end => end.Outcome == Outcome.Done));
    }

    private static WriteChain ScaleOf(WorkloadRef workload, int count)
    {
        var target = new TargetId("sophia-mesh", workload.Name);
        return new WriteChain(target, [new ScaleWorkload { Target = target, Purpose = "the test says so", Workload = workload, Replicas = count + 1, From = count, Because = Reason.RaisedToFloor }]);
    }

    /// <summary>A cluster that scales Deployments only is never asked for StatefulSets.</summary>
    private static void AddStatefulSet(GuardedCluster rig) => rig.Kubernetes.Change(cluster =>
    {
        cluster.Store.Create(Resources.StatefulSets, SeedDocuments.Deployment("sophia-mesh", Store, 2, cpuRequests: true), "kubectl");
        var spec = JsonNode.Parse($$$"""
            {"scaleTargetRef":{"apiVersion":"apps/v1","kind":"StatefulSet","name":"{{{Store}}}"},"minReplicaCount":1,"maxReplicaCount":6,
             "triggers":[{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"work","listLength":"10"}}]}
            """)!;
        cluster.Store.Create(Resources.ScaledObjects, (JsonObject)Json.Sorted(SeedDocuments.ScaledObject("sophia-mesh", Store, spec))!, "kubectl");
    });

    private static JsonObject Order(params (string Name, JsonNode Value)[] more)
    {
        var order = new JsonObject { ["scope"] = "target", ["namespace"] = "sophia-mesh", ["name"] = "sophia-ai-services", ["reason"] = "the test says so", ["by"] = "ana" };
        foreach (var (field, value) in more) order[field] = value;
        return order;
    }

    private static Task ClosedAsync(GuardedCluster rig) =>
        rig.UntilAsync("no open incident", async () => (await rig.Client.GetAsync("incidents"))["open"]!.AsArray().Count == 0);
}
