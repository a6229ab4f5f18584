using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class ApiFacts
{
    [Fact]
    public void A_merge_patch_with_an_old_resource_version_is_a_conflict() => Refused(
        409, "exchange.stale-resourceversion.409.txt", w => w.Merge(w.ScaledObjectPath, """{"metadata":{"resourceVersion":"1","annotations":{"x":"y"}}}"""));

    [Fact]
    public void A_merge_patch_with_a_wrong_uid_is_invalid() => Refused(
        422, "exchange.wrong-uid.422.txt", w => w.Merge(w.ScaledObjectPath, """{"metadata":{"uid":"00000000-0000-0000-0000-000000000000","annotations":{"x":"y"}}}"""));

    [Fact]
    public void A_json_patch_with_a_failing_test_is_unprocessable()
    {
        var world = new World();
        Assert.Equal(422, world.Call("PATCH", world.ScaledObjectPath, """[{"op":"test","path":"/spec/minReplicaCount","value":9}]""", "application/json-patch+json").Status);
        Assert.Equal(200, world.Call("PATCH", world.ScaledObjectPath,
            """[{"op":"test","path":"/spec/minReplicaCount","value":1},{"op":"add","path":"/metadata/annotations","value":{}},{"op":"add","path":"/metadata/annotations/a~1b","value":"c"}]""",
            "application/json-patch+json").Status);
        Assert.Equal("c", world.ScaledObject().Object("metadata").Object("annotations").Text("a/b"));
    }

    [Fact]
    public void A_strategic_merge_on_a_scaled_object_is_unsupported() => Refused(415, "exchange.strategic-merge-on-custom-resource.415.txt",
        w => w.Call("PATCH", w.ScaledObjectPath, """{"metadata":{"annotations":{"x":"y"}}}""", "application/strategic-merge-patch+json"));

    [Fact]
    public void A_delete_with_a_wrong_uid_is_a_conflict_and_changes_nothing()
    {
        var world = Refused(409, "exchange.delete-wrong-uid.409.txt",
            w => w.Call("DELETE", $"{w.HpasPath}/{World.KedaHpa}", """{"preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}"""));
        Assert.Single(world.Hpas);
    }

    [Fact]
    public void Deleting_answers_success_and_deleting_again_not_found()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        var first = world.Call("DELETE", $"{world.HpasPath}/app-fallback", $$$"""{"preconditions":{"uid":"{{{world.Target.Hpas.Single().Uid}}}"} }""");
        Assert.Equal(200, first.Status);
        Fixture.SameFields(Fixture.Body("exchange.delete.200.txt"), first.Document());
        var again = world.Call("DELETE", $"{world.HpasPath}/app-fallback");
        Assert.Equal(404, again.Status);
        Like("exchange.delete-again.404.txt", again.Document());
    }

    [Fact]
    public void Creating_what_exists_is_already_exists() => Refused(409, "exchange.hpa-already-exists.409.txt",
        w => w.Call("POST", w.HpasPath, """{"metadata":{"name":"keda-hpa-app"},"spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"app"}}}"""));

    [Fact]
    public void A_bad_continue_token_is_a_bad_request() => Refused(400, "exchange.list-bad-continue.400.txt",
        w => w.Call("GET", "/apis/keda.sh/v1alpha1/scaledobjects?limit=1&continue=abc"));

    [Fact]
    public void Pages_cover_everything_once_and_a_token_that_is_too_old_is_expired()
    {
        var world = new World(more: 20);
        var seen = new List<string>();
        var token = "";
        do
        {
            var page = world.Get($"/apis/keda.sh/v1alpha1/scaledobjects?limit=7&continue={token}");
            seen.AddRange(page.Array("items")!.Select(i => i.Object("metadata").Text("name")!));
            token = page.Object("metadata").Text("continue");
        }
        while (!string.IsNullOrEmpty(token));
        Assert.Equal(25, seen.Count);
        Assert.Equal(25, seen.Distinct().Count());

        var old = world.Get("/apis/keda.sh/v1alpha1/scaledobjects?limit=7").Object("metadata").Text("continue");
        world.Wait(5 * 3600);
        Assert.Equal(410, world.Call("GET", $"/apis/keda.sh/v1alpha1/scaledobjects?limit=7&continue={old}").Status);
    }

    [Fact]
    public void Applying_again_changes_nothing_and_dropped_fields_go_unless_others_own_them()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        Assert.Equal(201, world.Fallback(2, ""","labels":{"a":"b","c":"d"}""").Status);
        var version = world.Hpa("app-fallback").Object("metadata").Text("resourceVersion");
        Assert.Equal(200, world.Fallback(2, ""","labels":{"a":"b","c":"d"}""").Status);
        Assert.Equal(version, world.Hpa("app-fallback").Object("metadata").Text("resourceVersion"));
        world.Merge($"{world.HpasPath}/app-fallback", """{"metadata":{"labels":{"c":"theirs","e":"f"}}}""");
        Assert.Equal(200, world.Fallback(3, ""","labels":{"a":"b"}""").Status);
        var labels = world.Hpa("app-fallback").Object("metadata").Object("labels");
        Assert.Equal(["a", "c", "e"], labels!.Select(l => l.Key).Order());
        Assert.Equal(3, world.Hpa("app-fallback").Object("spec").Whole("minReplicas"));
    }

    [Fact]
    public void Applying_over_anothers_field_conflicts_without_force()
    {
        var world = new World();
        const string body = """{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"keda-hpa-app"},"spec":{"maxReplicas":99}}""";
        var refused = world.Call("PATCH", $"{world.HpasPath}/{World.KedaHpa}?fieldManager=m", body, "application/apply-patch+yaml");
        Assert.Equal(409, refused.Status);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"keda\" using autoscaling/v2: .spec.maxReplicas", refused.Document().Text("message"));
    }

    [Fact]
    public void Server_side_apply_takes_yaml_and_an_annotation_alone()
    {
        var world = new World();
        var answer = world.Call("PATCH", world.ScaledObjectPath + "?fieldManager=m",
            "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: app\n  annotations:\n    x: \"1\"\n", "application/apply-patch+yaml");
        Assert.Equal(200, answer.Status);
        Assert.Equal("1", world.ScaledObject().Object("metadata").Object("annotations").Text("x"));
        Assert.Equal(10, world.ScaledObject().Object("spec").Whole("maxReplicaCount"));
    }

    [Fact]
    public void Orphaning_leaves_what_the_deleted_object_owned()
    {
        var world = new World();
        var workload = world.Target.Workload;
        Assert.Equal(200, world.Call("DELETE", world.ScaledObjectPath, """{"propagationPolicy":"Orphan"}""").Status);
        world.Wait(2);
        Assert.Equal(404, world.Call("GET", world.ScaledObjectPath).Status);
        Assert.Equal([World.KedaHpa], world.Cluster.HpasOn(workload).Select(h => h.Name));
    }

    [Fact]
    public void A_new_scaled_object_gets_its_hpa_and_a_second_one_on_the_same_workload_is_refused()
    {
        var world = new World();
        const string path = "/apis/keda.sh/v1alpha1/namespaces/keda-system/scaledobjects";
        const string body = """{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"one"},"spec":{"scaleTargetRef":{"name":"keda-admission-webhooks"},"minReplicaCount":1,"triggers":[{"type":"cpu","metricType":"Utilization","metadata":{"value":"60"}}]}}""";
        Assert.Equal(201, world.Call("POST", path, body).Status);
        world.Wait(20);
        var target = world.Cluster.Target("keda-system", "one")!;
        Assert.Equal("keda-hpa-one", target.Hpas.Single().Name);
        Assert.True(target.Hpas.Single().ScalingActive);
        world.Cluster.Faults.SetOperator(Reactor.Sandbox.Keda.OperatorState.Dead);
        world.Wait(120);
        Assert.True(world.Cluster.Target("keda-system", "one")!.Hpas.Single().ScalingActive);
        var refused = world.Call("POST", path, body.Replace("\"one\"", "\"two\""));
        Assert.Equal(403, refused.Status);
        Assert.Contains("already managed by", refused.Document().Text("message")!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_answers_as_if_and_changes_nothing()
    {
        var world = new World();
        var version = world.Cluster.Store.ResourceVersion;
        Assert.Equal(200, world.Merge(world.ScaledObjectPath + "?dryRun=All", """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""").Status);
        Assert.Equal(201, world.Call("PATCH", $"{world.HpasPath}/z?fieldManager=m&dryRun=All",
            """{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"z"},"spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"app"}}}""", "application/apply-patch+yaml").Status);
        Assert.Equal(200, world.Call("DELETE", $"{world.HpasPath}/{World.KedaHpa}?dryRun=All").Status);
        Assert.Equal(version, world.Cluster.Store.ResourceVersion);
    }

    [Fact]
    public void Selectors_choose_by_labels_and_by_event_fields()
    {
        var world = new World();
        Assert.Single(world.Get("/apis/apps/v1/deployments?labelSelector=app.kubernetes.io/part-of=keda-operator,app.kubernetes.io/name%20in%20(keda-operator)").Array("items")!);
        Assert.Equal(2, world.Get("/apis/apps/v1/deployments?labelSelector=app.kubernetes.io/part-of,app.kubernetes.io/name!=keda-operator").Array("items")!.Count);
        Assert.Equal(400, world.Call("GET", "/apis/apps/v1/deployments?fieldSelector=spec.replicas=2").Status);
        world.Pause();
        world.Wait(1);
        Assert.Single(world.Get("/apis/events.k8s.io/v1/events?fieldSelector=reason=ScaledObjectPaused,regarding.name=app,regarding.kind=ScaledObject,type=Normal").Array("items")!);
    }

    [Fact]
    public void A_watch_tells_what_was_added_modified_and_deleted()
    {
        var world = new World();
        var version = world.Get(world.HpasPath).Object("metadata").Text("resourceVersion");
        var watch = world.Call("GET", $"{world.HpasPath}?watch=true&resourceVersion={version}&fieldSelector=metadata.name=app-fallback").Watch!;
        Assert.Empty(watch.Take());
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        Assert.Equal(["ADDED"], Types(watch));
        world.Fallback(3);
        Assert.Equal(["MODIFIED"], Types(watch));
        world.Call("DELETE", $"{world.HpasPath}/app-fallback");
        Assert.Equal(["DELETED"], Types(watch));
    }

    [Fact]
    public void A_watch_from_an_older_version_tells_what_went_and_what_changed_before_it_began()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        var version = world.Get(world.HpasPath).Object("metadata").Text("resourceVersion");
        string path = $"{world.HpasPath}?watch=true&resourceVersion={version}&fieldSelector=metadata.name=app-fallback";
        world.Fallback(3);
        Assert.Equal(["MODIFIED"], Types(world.Call("GET", path).Watch!));
        world.Call("DELETE", $"{world.HpasPath}/app-fallback");
        Assert.Equal(["DELETED"], Types(world.Call("GET", path).Watch!));
    }

    [Theory]
    [InlineData("/nonsense")]
    [InlineData("/apis/autoscaling/v1/horizontalpodautoscalers")]
    [InlineData("/apis/keda.sh/v1alpha1/namespaces/x/unknowns")]
    public void Unknown_paths_are_not_found_with_a_status_object(string path)
    {
        var answer = new World().Call("GET", path);
        Assert.Equal(404, answer.Status);
        Assert.Equal("Status", answer.Document().Text("kind"));
    }

    [Fact]
    public void Access_reviews_are_allowed()
    {
        var answer = new World().Call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"group":"keda.sh","resource":"scaledobjects","verb":"patch","namespace":"sophia-mesh"}}}""");
        Assert.Equal(201, answer.Status);
        Assert.True(answer.Document().Object("status").IsTrue("allowed"));
    }

    private static List<string> Types(WatchCursor watch) =>
        [.. System.Text.Encoding.UTF8.GetString(watch.Take()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l).Text("type")!)];

    private static World Refused(int status, string file, Func<World, ApiResponse> call)
    {
        var world = new World();
        var answer = call(world);
        Assert.Equal(status, answer.Status);
        Like(file, answer.Document());
        return world;
    }

    /// <summary>The recorded refusal with our names in it: same fields, same words.</summary>
    private static void Like(string file, JsonObject ours)
    {
        var real = Fixture.Body(file);
        Fixture.SameFields(real, ours);
        Assert.Equal(Plain(real.Text("message")!), Plain(ours.Text("message")!));
        Assert.Equal(real.Text("reason"), ours.Text("reason"));
        Assert.Equal(real.Object("details").Text("kind"), ours.Object("details").Text("kind"));
    }

    private static string Plain(string message) => System.Text.RegularExpressions.Regex.Replace(
        message.Replace("sophia-orchestrator-fallback", "N").Replace("keda-hpa-app", "N").Replace("app-fallback", "N").Replace("sophia-orchestrator", "N").Replace("\"app\"", "\"N\""),
        "[0-9a-f]{8}-[0-9a-f-]{27}", "UID", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
