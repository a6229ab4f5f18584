using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    [ClusterFact]
    public async Task A_full_quota_shows_as_failed_create_events_of_the_replica_set_and_as_replica_failure_of_the_deployment()
    {
        // A namespace of its own: the quota must not stand in the way of other cases.
        var ns = cluster.Namespace + "-quota";
        Assert.Equal(201, (await SendAsync("POST", "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{ns}}}"} }""")).Status);
        try
        {
            var quotas = $"/api/v1/namespaces/{ns}/resourcequotas";
            Assert.Equal(201, (await SendAsync("POST", quotas, """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"small"},"spec":{"hard":{"pods":"1"}}}""")).Status);
            await UntilAsync("the quota has its status", async () => (await GetAsync(quotas + "/small")).Object("status").Object("used").Text("pods") == "0", Soon);
            var target = new ContractTarget(ns, "full");
            var path = $"/apis/apps/v1/namespaces/{ns}/deployments";
            Assert.Equal(201, (await SendAsync("POST", path, target.Deployment(cluster.Image, 3, asksForCpu: true))).Status);

            await UntilAsync("replica failure", async () => await ConditionAsync($"{path}/full", "ReplicaFailure") == "True", Soon);
            Assert.Equal("FailedCreate", await ConditionAsync($"{path}/full", "ReplicaFailure", "reason"));
            Assert.Matches("^pods \"full-[0-9a-z]+-.*\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1$", await ConditionAsync($"{path}/full", "ReplicaFailure", "message"));
            var status = (await GetAsync($"{path}/full")).Object("status");
            Assert.Equal(1, status.Whole("replicas"));
            Assert.True(status.Whole("unavailableReplicas") >= 2);
            Assert.Equal("1", (await GetAsync(quotas + "/small")).Object("status").Object("used").Text("pods"));

            var events = await RefusedPodsAsync(ns);
            Assert.NotEmpty(events);
            Assert.All(events, e => Assert.StartsWith("full-", e.Object("involvedObject").Text("name"), StringComparison.Ordinal));

            Assert.Equal(200, (await SendAsync("PATCH", quotas + "/small", """{"spec":{"hard":{"pods":"5"}}}""", Reply.Merge)).Status);
            await UntilAsync("the rest is made and the condition goes", async () =>
                (await GetAsync($"{path}/full")).Object("status").Whole("replicas") == 3 && (await ConditionAsync($"{path}/full", "ReplicaFailure")).Length == 0, 90);
        }
        finally
        {
            await SendAsync("DELETE", "/api/v1/namespaces/" + ns);
        }
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task An_api_service_is_listed_by_its_name()
    {
        const string path = "/apis/apiregistration.k8s.io/v1/apiservices?fieldSelector=metadata.name%3D";
        var one = Assert.Single((await GetAsync(path + "v1beta1.external.metrics.k8s.io")).Array("items")!);
        Assert.Equal("v1beta1.external.metrics.k8s.io", one.Object("metadata").Text("name"));
        Assert.Empty((await GetAsync(path + "v1.nobody.example.org")).Array("items")!);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Whoever_writes_an_annotation_stands_in_managed_fields_and_whoever_only_removes_it_does_not()
    {
        var target = await GivenAsync();
        await AnnotatedByAsync(target, "first", "\"a\"");
        var entry = Assert.Single(await ManagersAsync(target), e => e.Text("manager") == "first");
        Assert.Equal(("Update", null), (entry.Text("operation"), entry.Text("subresource")));
        Assert.NotNull(entry.Object("fieldsV1").Object("f:metadata").Object("f:annotations").Object("f:example.org/mark"));

        await AnnotatedByAsync(target, "second", "\"b\"");
        Assert.Empty(Assert.Single(await ManagersAsync(target), e => e.Text("manager") == "first").Object("fieldsV1").Object("f:metadata").Object("f:annotations")!); // it made the map
        Assert.Contains(await ManagersAsync(target), e => e.Text("manager") == "second");

        await AnnotatedByAsync(target, "third", "null");
        Assert.DoesNotContain(await ManagersAsync(target), e => e.Text("manager") is "first" or "second" or "third");
        Assert.Contains(await ManagersAsync(target), e => e.Text("manager") == "keda" && e.Text("subresource") == "status");
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Whoever_sets_our_pause_anew_shows_unless_the_value_is_the_one_that_is_there()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        Assert.Equal("", (await ObserveAsync(target)).Target.PauseSetBy);
        await PausedByAsync(target, "same", "\"true\"");
        Assert.Equal("", (await ObserveAsync(target)).Target.PauseSetBy);

        var applied = await SendAsync("PATCH", $"{target.ScaledObjectPath}?fieldManager=applier", $$$"""
            {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"{{{target.Name}}}","annotations":{"autoscaling.keda.sh/paused":"true"} } }
            """, Reply.Apply);
        Assert.Equal(200, applied.Status);
        Assert.Equal("applier", (await ObserveAsync(target)).Target.PauseSetBy);

        await PausedByAsync(target, "remover", "null");
        await PausedByAsync(target, "human", "\"true\"");
        Assert.Equal("human", (await ObserveAsync(target)).Target.PauseSetBy);
        Assert.False(Pauses.IsOurs((await ObserveAsync(target)).Target));
    }

    [ClusterFact]
    public async Task Scale_of_a_stateful_set_is_read_and_written_like_a_deployments()
    {
        var path = $"/apis/apps/v1/namespaces/{cluster.Namespace}/statefulsets";
        Assert.Equal(201, (await SendAsync("POST", path, $$$"""
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"set"},"spec":{"replicas":0,"serviceName":"set","selector":{"matchLabels":{"app":"set"}},
             "template":{"metadata":{"labels":{"app":"set"}},"spec":{"terminationGracePeriodSeconds":0,"containers":[{"name":"app","image":"{{{cluster.Image}}}"}]} } } }
            """)).Status);
        var scale = await GetAsync(path + "/set/scale");
        Assert.Equal(("Scale", "autoscaling/v1", 0, "app=set"),
            (scale.Text("kind"), scale.Text("apiVersion"), scale.Object("spec").Whole("replicas") ?? 0, scale.Object("status").Text("selector")));
        Assert.Equal(200, (await SendAsync("PATCH", path + "/set/scale?fieldManager=somebody", """{"spec":{"replicas":1}}""", Reply.Merge)).Status);
        var set = await GetAsync(path + "/set");
        Assert.Equal(1, set.Object("spec").Whole("replicas"));
        Assert.Equal("scale", Assert.Single(set.Object("metadata").Array("managedFields")!, e => e.Text("manager") == "somebody").Text("subresource"));
        await UntilAsync("its pod is made", async () => (await GetAsync(path + "/set")).Object("status").Whole("replicas") == 1, Soon);
    }

    private async Task<IReadOnlyList<JsonNode>> RefusedPodsAsync(string ns) =>
        [.. (await GetAsync($"/api/v1/namespaces/{ns}/events?fieldSelector=reason%3DFailedCreate%2CinvolvedObject.kind%3DReplicaSet")).Array("items")!
            .Where(e => e.Text("message")!.Contains("Error creating: pods \"full-", StringComparison.Ordinal) && e.Text("message")!.Contains("exceeded quota: small", StringComparison.Ordinal))
            .Select(e => e!)];

    private async Task<IReadOnlyList<JsonNode>> ManagersAsync(ContractTarget target) =>
        [.. (await GetAsync(target.ScaledObjectPath)).Object("metadata").Array("managedFields")!.Select(e => e!)];

    private async Task PausedByAsync(ContractTarget target, string manager, string value) => Assert.Equal(200, (await SendAsync("PATCH",
        $"{target.ScaledObjectPath}?fieldManager={manager}", $$$"""{"metadata":{"annotations":{"autoscaling.keda.sh/paused":{{{value}}} } } }""", Reply.Merge)).Status);

    private async Task AnnotatedByAsync(ContractTarget target, string manager, string value) => Assert.Equal(200, (await SendAsync("PATCH",
        $"{target.ScaledObjectPath}?fieldManager={manager}", $$$"""{"metadata":{"annotations":{"example.org/mark":{{{value}}} } } }""", Reply.Merge)).Status);
}
