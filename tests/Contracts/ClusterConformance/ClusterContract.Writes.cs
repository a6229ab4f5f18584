using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    [ClusterFact(Needs = Needs.Keda)]
    public async Task Our_fallback_is_made_by_an_apply_and_a_second_one_changes_nothing()
    {
        var target = await GivenAsync(replicas: 3, wish: 3);
        var uid = await PausedAsync(target);
        var first = await ActAsync(Fallback(target, uid, 3));
        Assert.Equal((Outcome.Done, 201), (first.Outcome, first.Status));
        var made = (await GetAsync(target.FallbackPath)).Object("metadata");
        var second = await ActAsync(Fallback(target, uid, 3));
        Assert.Equal((Outcome.Done, 200), (second.Outcome, second.Status));
        var after = (await GetAsync(target.FallbackPath)).Object("metadata");
        Assert.Equal(made.Text("uid"), after.Text("uid"));
        Assert.Equal(Fields(made), Fields(after));

        var seen = (await ObserveAsync(target)).Target;
        Assert.Equal((3, 10, 60), (seen.FallbackHpa!.Min, seen.FallbackHpa.Max, seen.FallbackHpa.CpuUtilization));
        Assert.Equal("sophia-keda-reactor", Assert.Single(made.Array("managedFields")!, f => f.Text("operation") == "Apply").Text("manager"));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Another_manager_must_force_its_way_into_our_fallback_and_our_next_apply_takes_it_back()
    {
        var target = await GivenAsync(replicas: 3, wish: 3);
        var uid = await PausedAsync(target);
        await ActAsync(Fallback(target, uid, 3));
        var conflict = await ApplyHpaAsync(target, target.FallbackHpa, 5);
        Assert.Equal(409, conflict.Status);
        Assert.Contains("sophia-keda-reactor", conflict.Body.Text("message"), StringComparison.Ordinal);
        Assert.Contains(".spec.minReplicas", conflict.Text, StringComparison.Ordinal);

        Assert.Equal(200, (await ApplyHpaAsync(target, target.FallbackHpa, 5, force: true)).Status);
        var edited = (await ObserveAsync(target)).Target.FallbackHpa!;
        Assert.Equal(5, edited.Min);
        Assert.Equal(Outcome.Conflict, (await ActAsync(Fallback(target, uid, 3))).Outcome);
        Assert.Equal(Outcome.Done, (await ActAsync(Fallback(target, uid, 3) with { Uid = edited.Uid })).Outcome);
        Assert.Equal(3, (await ObserveAsync(target)).Target.FallbackHpa!.Min);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_delete_takes_the_right_uid_only_and_a_second_one_finds_it_done()
    {
        var target = await GivenAsync();
        var uid = await PausedAsync(target);
        await ActAsync(Fallback(target, uid, 1));
        var ours = (await ObserveAsync(target)).Target.FallbackHpa!;

        var wrong = await ActAsync(Delete(target, ContractTarget.NoUid));
        Assert.Equal((Outcome.Conflict, 409), (wrong.Outcome, wrong.Status));
        Assert.True(await ExistsAsync(target.FallbackPath));
        Assert.Equal(Outcome.Done, (await ActAsync(Delete(target, ours.Uid))).Outcome);
        var again = await ActAsync(Delete(target, ours.Uid));
        Assert.Equal((Outcome.AlreadyDone, 404), (again.Outcome, again.Status));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_stale_resource_version_is_a_conflict_that_the_reactor_resolves_when_its_reasons_still_hold()
    {
        var target = await GivenAsync();
        var seen = (await ObserveAsync(target)).Target;
        await AnnotatedAsync(target, "example.org/meanwhile", "x");
        var stale = await SendAsync("PATCH", target.ScaledObjectPath, $$$"""{"metadata":{"resourceVersion":"{{{seen.ResourceVersion}}}","annotations":{"x":"y"} } }""", Reply.Merge);
        Assert.Equal((409, "Conflict"), (stale.Status, stale.Body.Text("reason")));

        Assert.Equal(Outcome.Done, (await ActAsync(Annotating(seen, "true"))).Outcome);
        var reasonsGone = await ActAsync(Annotating(seen, "garbage"));
        Assert.Equal(Outcome.Conflict, reasonsGone.Outcome);
        Assert.Equal("true", (await ObserveAsync(target)).Target.Annotations[Annotations.Paused]);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_wrong_uid_in_a_patch_is_invalid_and_to_the_reactor_another_object()
    {
        var target = await GivenAsync();
        var seen = (await ObserveAsync(target)).Target;
        var raw = await SendAsync("PATCH", target.ScaledObjectPath, $$$"""{"metadata":{"uid":"{{{ContractTarget.NoUid}}}","annotations":{"x":"y"} } }""", Reply.Merge);
        Assert.Equal((422, "Invalid"), (raw.Status, raw.Body.Text("reason")));
        var ours = await ActAsync(Annotating(seen, "true") with { Uid = ContractTarget.NoUid });
        Assert.Equal(Outcome.Conflict, ours.Outcome);
        Assert.True(await ExistsAsync(target.KedaHpaPath));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task What_is_missing_exists_or_fails_its_test_is_said_by_status()
    {
        var target = await GivenAsync();
        Assert.Equal(404, (await SendAsync("PATCH", target.ScaledObjectPath + "-no", "{}", Reply.Merge)).Status);
        Assert.Equal(404, (await SendAsync("DELETE", target.FallbackPath)).Status);
        var again = await SendAsync("POST", target.HpasPath, $$$"""
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"{{{target.KedaHpa}}}"},"spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"{{{target.Name}}}"} } }
            """);
        Assert.Equal((409, "AlreadyExists"), (again.Status, again.Body.Text("reason")));
        var test = await SendAsync("PATCH", target.ScaledObjectPath, """[{"op":"test","path":"/spec/minReplicaCount","value":9}]""", "application/json-patch+json");
        Assert.Equal(422, test.Status);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_scaled_object_takes_no_strategic_merge_and_an_apply_of_a_lone_annotation()
    {
        var target = await GivenAsync();
        const string Annotated = """{"metadata":{"annotations":{"example.org/x":"y"}}}""";
        Assert.Equal(415, (await SendAsync("PATCH", target.ScaledObjectPath, Annotated, "application/strategic-merge-patch+json")).Status);
        var applied = await SendAsync("PATCH", target.ScaledObjectPath + "?fieldManager=somebody", $$$"""
            {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"{{{target.Name}}}","annotations":{"example.org/x":"y"} } }
            """, Reply.Apply);
        Assert.Equal(200, applied.Status);
        Assert.NotNull(applied.Body.Object("spec").Array("triggers"));
    }

    [ClusterFact]
    public async Task Lists_come_in_pages_of_one_version_and_a_bad_token_is_refused()
    {
        var path = $"/apis/apps/v1/namespaces/{cluster.Namespace}/deployments";
        for (var n = 1; n <= 3; n++)
            await SendAsync("POST", path, new ContractTarget(cluster.Namespace, $"page-{n}").Deployment(cluster.Image, 0, asksForCpu: true));

        var names = new List<string>();
        string? next = null, version = null;
        do
        {
            var page = await GetAsync($"{path}?limit=2{(next is null ? "" : "&continue=" + Uri.EscapeDataString(next))}");
            Assert.True(page.Array("items")!.Count <= 2);
            names.AddRange(page.Array("items")!.Select(i => i.Object("metadata").Text("name")!));
            Assert.Equal(version ??= page.Object("metadata").Text("resourceVersion"), page.Object("metadata").Text("resourceVersion"));
            next = page.Object("metadata").Text("continue");
        }
        while (!string.IsNullOrEmpty(next));

        Assert.Equal(["page-1", "page-2", "page-3"], names.Where(n => n.StartsWith("page-", StringComparison.Ordinal)));
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(400, (await SendAsync("GET", path + "?limit=2&continue=nonsense")).Status);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Scale_is_read_and_written_apart_from_its_workload()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        var before = await GetAsync(target.ScalePath);
        Assert.Equal(("Scale", "autoscaling/v1", 1), (before.Text("kind"), before.Text("apiVersion"), before.Object("spec").Whole("replicas")));
        Assert.Equal($"app={target.Name}", before.Object("status").Text("selector"));
        Assert.Equal(Outcome.Done, (await ActAsync(new ScaleWorkload { Target = target.Id, Purpose = "the contract", Workload = target.Workload, Replicas = 2, From = 1, Because = Reason.RaisedToFloor })).Outcome);
        Assert.Equal(2, (await ObserveAsync(target)).Target.Replicas!.Desired);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task An_account_may_what_its_roles_grant_and_a_review_tells_beforehand()
    {
        var target = await GivenAsync();
        var ns = cluster.Namespace;
        const string Rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces";
        Assert.Equal(201, (await SendAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"reader"}}""")).Status);
        Assert.Equal(201, (await SendAsync("POST", $"{Rbac}/{ns}/roles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"reader"},"rules":[{"apiGroups":["keda.sh"],"resources":["scaledobjects"],"verbs":["get"]}]}
            """)).Status);
        Assert.Equal(201, (await SendAsync("POST", $"{Rbac}/{ns}/rolebindings", $$$"""
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"reader"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},"subjects":[{"kind":"ServiceAccount","name":"reader","namespace":"{{{ns}}}"}]}
            """)).Status);
        var given = await SendAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts/reader/token", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":7200}}""");
        Assert.Equal(201, given.Status);

        // An administrator's own token must not be sent beside it.
        using var http = (cluster.Connection with { Token = given.Body.Object("status").Text("token"), TokenFile = null }).Connect(TimeProvider.System);
        await UntilAsync("the role has reached the authorizer", async () => (await Reply.OfAsync(http, "GET", target.ScaledObjectPath)).Status == 200, Soon);
        var refused = await Reply.OfAsync(http, "PATCH", target.ScaledObjectPath, "{}", Reply.Merge);
        Assert.Equal((403, "Forbidden"), (refused.Status, refused.Body.Text("reason")));
        Assert.Contains($"User \"system:serviceaccount:{ns}:reader\" cannot patch resource \"scaledobjects\" in API group \"keda.sh\"", refused.Body.Text("message"), StringComparison.Ordinal);
        Assert.True(await MayAsync(http, ns, "get"));
        Assert.False(await MayAsync(http, ns, "patch"));
    }

    private static async Task<bool> MayAsync(HttpClient http, string ns, string verb)
    {
        var review = await Reply.OfAsync(http, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", $$$"""
            {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"{{{ns}}}","group":"keda.sh","resource":"scaledobjects","verb":"{{{verb}}}"} } }
            """);
        Assert.Equal(201, review.Status);
        return review.Body.Object("status").IsTrue("allowed");
    }

    /// <summary>What a write that changes nothing must leave as it is; the status may have moved the resourceVersion.</summary>
    private static string Fields(JsonObject? metadata) =>
        new JsonArray([.. metadata.Array("managedFields")!.Where(f => f.Text("subresource") is null).Select(f => f!.DeepClone())]).ToJsonString();
}
