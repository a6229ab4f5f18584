using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>A cluster whose nodes are full, and a namespace whose quota is.</summary>
public sealed class RoomFacts
{
    private const string Deployment = $"/apis/apps/v1/namespaces/{World.Ns}/deployments/app";
    private const string StatefulSets = $"/apis/apps/v1/namespaces/{World.Ns}/statefulsets";
    private const string Quotas = $"/api/v1/namespaces/{World.Ns}/resourcequotas";
    private readonly World _world = new(demand: 2);

    /// <summary>Nobody else comes or goes meanwhile.</summary>
    public RoomFacts()
    {
        foreach (var other in _world.Cluster.Snapshot().Targets)
            _world.Cluster.Faults.SetDemand(other.Namespace, other.Name, other.Replicas);
    }

    [Fact]
    public void Without_room_the_rest_waits_and_the_scheduler_says_so_of_each_pod()
    {
        _world.Pause();
        _world.Cluster.Faults.SetRoom(Placed() + 1);
        Scale(5);
        _world.Wait(3);

        Assert.Equal((5, 3, 2), Counts());
        var events = _world.Events("FailedScheduling");
        Assert.Equal(2, events.Count);
        Assert.All(events, e =>
        {
            Assert.Equal("Pod", e.Object("involvedObject").Text("kind"));
            Assert.Matches("^app-[0-9a-f]{10}-[bcdfghjklmnpqrstvwxz2456789]{5}$", e.Object("involvedObject").Text("name"));
            Assert.StartsWith("0/3 nodes are available: 3 Insufficient cpu. ", e.Text("message"), StringComparison.Ordinal);
            Assert.Equal(("Warning", "default-scheduler"), (e.Text("type"), e.Text("reportingComponent")));
        });
        Assert.Null(Failure());
    }

    [Fact]
    public void When_room_comes_the_waiting_pods_start()
    {
        _world.Pause();
        _world.Cluster.Faults.SetRoom(Placed());
        Scale(4);
        _world.Wait(5);
        Assert.Equal((4, 2, 2), Counts());

        _world.Cluster.Faults.SetRoom(null);
        _world.Wait(4);
        Assert.Equal((4, 4, 0), Counts());
    }

    [Fact]
    public void A_pod_that_goes_leaves_its_place_to_one_that_waits()
    {
        _world.Pause();
        _world.Cluster.Faults.SetRoom(Placed());
        Scale(3);
        _world.Wait(5);
        Assert.Equal((3, 2, 1), Counts());

        _world.Merge("/apis/apps/v1/namespaces/keda-system/deployments/keda-admission-webhooks/scale", """{"spec":{"replicas":1}}""");
        _world.Wait(4);
        Assert.Equal((3, 3, 0), Counts());
    }

    [Fact]
    public void The_schedulers_events_are_series_without_count_or_last_timestamp()
    {
        _world.Pause();
        _world.Cluster.Faults.SetRoom(Placed());
        Scale(3);
        _world.Wait(2);
        var first = Assert.Single(_world.Events("FailedScheduling"));
        Assert.Null(first!["count"]);
        Assert.Null(first["lastTimestamp"]);
        Assert.Null(first["series"]);
        Assert.NotNull(first.Text("eventTime"));

        _world.Wait(601);
        var again = Assert.Single(_world.Events("FailedScheduling"));
        Assert.Equal(3, again.Object("series").Whole("count"));
        var view = _world.Get($"/apis/events.k8s.io/v1/namespaces/{World.Ns}/events?fieldSelector=reason=FailedScheduling,regarding.kind=Pod").Array("items")!.Single();
        Assert.Equal(("Scheduling", 3), (view.Text("action"), view.Object("series").Whole("count")));
    }

    [Fact]
    public void A_full_quota_shows_as_failed_create_events_and_as_replica_failure()
    {
        _world.Pause();
        Quota("small", """{"pods":"1"}""");
        var full = Used() + 1;
        Merge($$$"""{"spec":{"hard":{"pods":"{{{full}}}"} } }""");
        Scale(6);
        _world.Wait(3);

        Assert.Equal(3, _world.Get(Deployment).Object("status").Whole("replicas"));
        Assert.Equal((3, 3), (Counts().Available, Counts().Unavailable));
        var failure = Failure();
        Assert.Equal(("True", "FailedCreate"), (failure.Text("status"), failure.Text("reason")));
        Assert.Matches($"^pods \"app-[0-9a-f]{{10}}-\\w{{5}}\" is forbidden: exceeded quota: small, requested: pods=1, used: pods={full}, limited: pods={full}$", failure.Text("message"));
        var events = _world.Get($"/api/v1/namespaces/{World.Ns}/events?fieldSelector=reason=FailedCreate,involvedObject.kind=ReplicaSet").Array("items")!;
        Assert.NotEmpty(events);
        Assert.All(events, e => Assert.Equal("replicaset-controller", e.Object("source").Text("component")));
        Assert.Contains(events, e => e.Text("message")!.StartsWith("Error creating: pods \"app-", StringComparison.Ordinal));
        Assert.Contains(events, e => e.Text("message")!.StartsWith("(combined from similar events): Error creating: ", StringComparison.Ordinal));
        Assert.Equal(full, Used());
    }

    [Fact]
    public void When_the_quota_grows_the_next_try_makes_the_rest_and_the_condition_goes()
    {
        _world.Pause();
        Quota("small", $$"""{"count/pods":"{{Placed()}}"}""");
        var now = Used("count/pods");
        Merge($$$"""{"spec":{"hard":{"count/pods":"{{{now}}}"} } }""");
        Scale(4);
        _world.Wait(60);
        Assert.NotNull(Failure());

        Merge($$$"""{"spec":{"hard":{"count/pods":"{{{now + 5}}}"} } }""");
        _world.Wait(60);
        Assert.Null(Failure());
        Assert.Equal((4, 4, 0), Counts());
        Assert.Equal(now + 2, Used("count/pods"));
    }

    [Fact]
    public void A_quota_of_another_resource_limits_no_pods()
    {
        _world.Pause();
        Quota("cpu", """{"requests.cpu":"1"}""");
        Scale(8);
        _world.Wait(3);
        Assert.Equal((8, 8, 0), Counts());
        Assert.Equal("0", _world.Get(Quotas + "/cpu").Object("status").Object("used").Text("requests.cpu"));
    }

    [Fact]
    public void A_stateful_set_says_it_itself_and_waits_for_the_pod_before()
    {
        Quota("small", """{"pods":"1"}""");
        Assert.Equal(201, _world.Call("POST", StatefulSets, StatefulSet("db", 2)).Status);
        _world.Wait(3);
        var refused = _world.Get($"/api/v1/namespaces/{World.Ns}/events?fieldSelector=reason=FailedCreate,involvedObject.kind=StatefulSet").Array("items")![0];
        Assert.Matches("^create Pod db-0 in StatefulSet db failed error: pods \"db-0\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=\\d+, limited: pods=1$", refused.Text("message"));

        _world.Call("DELETE", Quotas + "/small");
        _world.Cluster.Faults.SetRoom(Placed() + 1);
        _world.Wait(30);
        Assert.Equal("db-1", Assert.Single(_world.Events("FailedScheduling")).Object("involvedObject").Text("name"));
        Assert.Equal(1, _world.Get(StatefulSets + "/db").Object("status").Whole("availableReplicas"));
    }

    private static string StatefulSet(string name, int replicas) => $$$"""
        {"metadata":{"name":"{{{name}}}"},"spec":{"replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"{{{name}}}"}},"serviceName":"{{{name}}}",
         "template":{"metadata":{"labels":{"app":"{{{name}}}"}},"spec":{"containers":[{"name":"app","image":"example.invalid/db:1"}]} } } }
        """;

    /// <summary>Every pod in the cluster has its place while there is room.</summary>
    private int Placed() => new[] { Resources.Deployments, Resources.StatefulSets }.SelectMany(_world.Cluster.Store.All).Sum(Workloads.Running);

    private (int Wanted, int Available, int Unavailable) Counts()
    {
        var found = _world.Get(Deployment);
        return (found.Object("spec").Whole("replicas") ?? 0, found.Object("status").Whole("availableReplicas") ?? 0, found.Object("status").Whole("unavailableReplicas") ?? 0);
    }

    private JsonNode? Failure() => _world.Get(Deployment).Object("status").Array("conditions")!.SingleOrDefault(c => c.Text("type") == "ReplicaFailure");

    private void Scale(int replicas) => Assert.Equal(200, _world.Merge(Deployment + "/scale", $$$"""{"spec":{"replicas":{{{replicas}}} } }""").Status);

    private static string Body(string name, string hard) => $$$"""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"{{{name}}}"},"spec":{"hard":{{{hard}}} } }""";

    private void Quota(string name, string hard)
    {
        Assert.Equal(201, _world.Call("POST", Quotas, Body(name, hard)).Status);
        _world.WaitMs(50);
    }

    private void Merge(string patch) => Assert.Equal(200, _world.Merge(Quotas + "/small", patch).Status);

    private int Used(string resource = "pods") => int.Parse(_world.Get(Quotas + "/small").Object("status").Object("used").Text(resource)!);
}
