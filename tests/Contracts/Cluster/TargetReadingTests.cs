using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class TargetReadingTests
{
    private const string Ours = ""","labels":{"app.kubernetes.io/managed-by":"sophia-keda-reactor"}""";

    private readonly FakeApi _api = new();

    [Fact]
    public async Task A_bare_ScaledObject_gets_KEDAs_defaults()
    {
        var target = await TargetAsync(Make.ScaledObject());

        Assert.Equal(new WorkloadRef("apps/v1", "Deployment", "work"), target.Workload);
        Assert.Equal((0, 100, "keda-hpa-work"), (target.Min, target.Max, target.KedaHpaName));
        Assert.Null(target.OwnFallbackReplicas);
        Assert.Null(target.Ready);
        Assert.Null(target.Replicas);
        Assert.False(target.Deleting);
    }

    [Fact]
    public async Task Nulls_where_objects_are_expected_are_defaults_too()
    {
        var target = await TargetAsync(Make.ScaledObject(
            spec: """{"scaleTargetRef":{"name":"work","kind":""},"triggers":[null,{"type":"redis"}],"fallback":null,"advanced":null}""",
            status: """{"conditions":[null,{"type":"Ready"}],"hpaName":null}"""));

        Assert.Equal("Deployment", target.Workload.Kind);
        Assert.Equal(["redis"], target.Triggers.Select(t => t.Type));
        Assert.Equal(new ConditionView("Unknown", "", ""), target.Ready);
    }

    [Fact]
    public async Task KEDAs_mirror_of_its_HPA_is_read_when_it_is_there()
    {
        var target = await TargetAsync(Make.ScaledObject(
            status: """{"conditions":[{"type":"Ready","status":"True"},{"type":"HPAActive","status":"False","reason":"FailedGetExternalMetric","message":"no redis"}]}"""));

        Assert.Equal(new ConditionView("False", "FailedGetExternalMetric", "no redis"), target.HpaActive);
        Assert.Null((await TargetAsync(Make.ScaledObject(status: """{"conditions":[{"type":"Ready","status":"True"}]}"""))).HpaActive);
    }

    [Theory]
    [InlineData("{}", """{"hpaName":"from-status"}""", "from-status")]
    [InlineData("""{"horizontalPodAutoscalerConfig":{"name":"from-spec"}}""", """{"hpaName":"from-status"}""", "from-status")]
    [InlineData("""{"horizontalPodAutoscalerConfig":{"name":"from-spec"}}""", "{}", "from-spec")]
    [InlineData("{}", """{"hpaName":""}""", "keda-hpa-work")]
    public async Task The_name_of_KEDAs_HPA_is_what_KEDA_says_it_is(string advanced, string status, string expected) =>
        Assert.Equal(expected, (await TargetAsync(Make.ScaledObject(spec: $$"""{"scaleTargetRef":{"name":"work"},"advanced":{{advanced}} }""", status: status))).KedaHpaName);

    [Theory]
    [InlineData("", "")]
    [InlineData("""{"manager":"sophia-keda-reactor","operation":"Apply","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:minReplicas":{}}}}""", "")]
    [InlineData("""{"manager":"kubectl-edit","operation":"Update","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:maxReplicas":{}},"f:metadata":{"f:labels":{".":{}}}}}""", "")]
    [InlineData("""{"manager":"kubectl-edit","operation":"Update","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:minReplicas":{}}}},{"manager":"sophia-keda-reactor","fieldsV1":{"f:spec":{"f:minReplicas":{}}}}""", "kubectl-edit")]
    [InlineData("""{"manager":"one","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:minReplicas":{}}}},{"manager":"two","time":"2026-08-01T10:00:01Z","fieldsV1":{"f:spec":{"f:minReplicas":{}}}}""", "two")]
    [InlineData("""null,{"manager":"kube-controller-manager","subresource":"status","fieldsV1":{"f:status":{}}},{"manager":"x"}""", "")]
    public async Task Who_beside_us_wrote_the_min_of_an_HPA_is_known(string fields, string expected) =>
        Assert.Equal(expected, (await TargetAsync(Make.ScaledObject(), Make.Hpa("work-fallback", $$"""{{Ours}},"managedFields":[{{fields}}]"""))).Hpas.Single().MinSetBy);

    [Theory]
    [InlineData("", "")]
    [InlineData("""{"manager":"sophia-keda-reactor","fieldsV1":{"f:metadata":{"f:annotations":{"f:autoscaling.keda.sh/paused":{},"f:reactor.sophia-intel.ai/incident":{}}}}}""", "")]
    [InlineData("""{"manager":"kubectl-annotate","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:autoscaling.keda.sh/paused":{}}}}}""", "kubectl-annotate")]
    [InlineData("""{"manager":"kubectl-annotate","fieldsV1":{"f:metadata":{"f:annotations":{}}}}""", "")] // made the map, and owns nothing in it any more
    [InlineData("""{"manager":"kubectl","fieldsV1":{"f:metadata":{"f:annotations":{"f:autoscaling.keda.sh/paused-replicas":{}}}}}""", "")]
    [InlineData("""{"manager":"kubectl","fieldsV1":{"f:metadata":{"f:annotations":{"f:autoscaling.keda.sh/paused":{},"f:reactor.sophia-intel.ai/incident":{}}}}}""", "")] // a manifest read from the cluster
    [InlineData("""{"manager":"keda","subresource":"status","fieldsV1":{"f:status":{}}},null,{"manager":"a","fieldsV1":null}""", "")]
    public async Task Who_beside_us_set_the_pause_of_a_ScaledObject_is_known(string fields, string expected) =>
        Assert.Equal(expected, (await TargetAsync(Make.ScaledObject().Replace("\"resourceVersion\"", $"\"managedFields\":[{fields}],\"resourceVersion\"", StringComparison.Ordinal))).PauseSetBy);

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"pausedReplicaCount":null}""", null)]
    [InlineData("""{"pausedReplicaCount":0}""", 0)]
    [InlineData("""{"pausedReplicaCount":5}""", 5)]
    public async Task What_count_an_operator_has_taken_is_known(string status, int? expected) =>
        Assert.Equal(expected, (await TargetAsync(Make.ScaledObject(status: status))).PausedReplicaCount);

    [Theory]
    [InlineData("keda-hpa-work", "OWNED", HpaOwner.Keda)]
    [InlineData("renamed", "OWNED", HpaOwner.Keda)]
    [InlineData("keda-hpa-work", "", HpaOwner.Other)] // by name alone it is nobody's
    [InlineData("keda-hpa-work", "OTHER-UID", HpaOwner.Other)] // of a ScaledObject that was deleted
    [InlineData("keda-hpa-work", "NOT-CONTROLLER", HpaOwner.Other)]
    [InlineData("work-fallback", "OURS", HpaOwner.Reactor)]
    [InlineData("work-fallback", "", HpaOwner.Other)] // somebody took the name
    [InlineData("by-hand", "OURS", HpaOwner.Other)] // somebody copied our label
    [InlineData("by-hand", "ANNOTATED", HpaOwner.Other)] // KEDA copies annotations
    public async Task Whose_an_HPA_is_follows_from_owner_name_and_label(string name, string marks, HpaOwner expected)
    {
        var meta = marks switch
        {
            "OWNED" => Make.OwnedBy(Make.Uid),
            "OTHER-UID" => Make.OwnedBy("22222222-2222-2222-2222-222222222222"),
            "NOT-CONTROLLER" => Make.OwnedBy(Make.Uid, "false"),
            "OURS" => Ours,
            "ANNOTATED" => ""","annotations":{"reactor.sophia-intel.ai/incident":"inc-1","app.kubernetes.io/managed-by":"sophia-keda-reactor"}""",
            _ => "",
        };

        var target = await TargetAsync(Make.ScaledObject(), Make.Hpa(name, meta));

        Assert.Equal(expected, Assert.Single(target.Hpas).Owner);
    }

    [Theory]
    [InlineData("""{"apiVersion":"apps/v1beta2","kind":"Deployment","name":"work"}""", true)] // an old version of the same group
    [InlineData("""{"apiVersion":"extensions/v1beta1","kind":"Deployment","name":"work"}""", false)]
    [InlineData("""{"apiVersion":"apps/v1","kind":"StatefulSet","name":"work"}""", false)]
    [InlineData("""{"apiVersion":"apps/v1","kind":"Deployment","name":"other"}""", false)]
    [InlineData("null", false)]
    public async Task HPAs_are_matched_by_group_kind_and_name(string target, bool matches) =>
        Assert.Equal(matches, (await TargetAsync(Make.ScaledObject(), Make.Hpa("x", target: target))).Hpas.Length == 1);

    [Fact]
    public async Task Only_annotations_of_KEDAs_and_ours_are_kept()
    {
        var target = await TargetAsync("""
            {"metadata":{"name":"work","namespace":"mesh","uid":"u","deletionTimestamp":"2026-11-21T23:00:00Z","annotations":{
              "autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1","kubectl.kubernetes.io/last-applied-configuration":"{}"}},"spec":{"scaleTargetRef":{"name":"work"}}}
            """);

        Assert.Equal([Annotations.Paused, Annotations.Incident], target.Annotations.Keys);
        Assert.True(target.Deleting);
    }

    [Fact]
    public async Task Cron_keeps_its_metadata_and_other_triggers_do_not()
    {
        var target = await TargetAsync(Make.ScaledObject(spec: """
            {"scaleTargetRef":{"name":"work"},"triggers":[{"type":"cron","metadata":{"timezone":"UTC","desiredReplicas":"5"}},{"type":"redis","metadata":{"address":"secret-host"}}]}
            """));

        Assert.Equal("5", target.Triggers[0].Metadata["desiredReplicas"]);
        Assert.Empty(target.Triggers[1].Metadata);
    }

    [Fact]
    public async Task Another_kind_of_workload_shows_the_count_of_its_HPA_without_being_asked_for()
    {
        const string Ref = """{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"work"}""";
        var keda = Make.Hpa("keda-hpa-work", Make.OwnedBy(Make.Uid), Ref, """{"currentReplicas":3,"desiredReplicas":4,"conditions":[{"type":"ScalingActive","status":"True"}]}""");
        var ours = Make.Hpa("a-fallback", Ours, Ref, """{"currentReplicas":8,"desiredReplicas":8,"conditions":[{"type":"ScalingActive","status":"True"}]}""");

        var target = await TargetAsync(Make.ScaledObject(spec: $$"""{"scaleTargetRef":{{Ref}} }"""), ours, keda);

        Assert.Equal((4, 3, 0), (target.Replicas!.Desired, target.Replicas.Available, target.Replicas.Containers.Length));
        Assert.DoesNotContain(_api.Requests, r => r.Path.Contains("rollouts"));
    }

    [Theory]
    [InlineData("""{"requests":{"cpu":"100m"}}""", true)]
    [InlineData("""{"limits":{"cpu":"1"}}""", true)] // the limit becomes the request when the pod is made
    [InlineData("""{"requests":{"cpu":"0"},"limits":{"cpu":"1"}}""", false)]
    [InlineData("""{"requests":{"memory":"1Gi"}}""", false)]
    [InlineData("null", false)]
    public async Task A_container_has_a_CPU_request_or_not(string resources, bool expected)
    {
        _api.OnList(FakeApi.Deployments, Make.Deployment("work", spec: $$"""{"template":{"spec":{"containers":[{"name":"app","resources":{{resources}} }]} } }"""));

        var replicas = (await TargetAsync(Make.ScaledObject())).Replicas!;

        Assert.Equal(new ContainerView("app", expected), Assert.Single(replicas.Containers));
        Assert.Equal(1, replicas.Desired);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("""{"manager":"kubectl-edit","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:template":{}}}}""", null)]
    [InlineData("""{"manager":"kube-controller-manager","subresource":"scale","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:replicas":{}}}}""", "kube-controller-manager")]
    [InlineData("""{"manager":"argocd","time":"2026-08-01T10:00:00Z","fieldsV1":{"f:spec":{"f:replicas":{}}}},{"manager":"kubectl","time":"2026-08-01T10:00:01Z","fieldsV1":{"f:spec":{"f:replicas":{}}}}""", "kubectl")]
    public async Task Who_set_the_replicas_of_a_workload_is_known(string fields, string? manager)
    {
        _api.OnList(FakeApi.Deployments, $$"""{"metadata":{"name":"work","namespace":"mesh","uid":"d","resourceVersion":"12","managedFields":[{{fields}}]},"spec":{"replicas":2} }""");

        var replicas = (await TargetAsync(Make.ScaledObject())).Replicas!;

        Assert.Equal((manager, "12"), (replicas.SetBy?.Manager, replicas.ResourceVersion));
    }

    [Fact]
    public async Task A_sidecar_among_the_init_containers_counts_and_an_ordinary_one_does_not()
    {
        _api.OnList(FakeApi.Deployments, Make.Deployment("work", spec: """
            {"replicas":1,"template":{"spec":{"containers":[{"name":"app"}],"initContainers":[{"name":"migrate"},{"name":"proxy","restartPolicy":"Always"}]}}}
            """));

        Assert.Equal(["app", "proxy"], (await TargetAsync(Make.ScaledObject())).Replicas!.Containers.Select(c => c.Name));
    }

    [Fact]
    public async Task Rescales_of_KEDAs_HPA_are_read_and_nobody_elses()
    {
        _api.OnList(
            FakeApi.Events,
            Event("a", "keda-hpa-work", "New size: 5; reason: x", ""","count":7,"firstTimestamp":"2026-11-21T23:00:00Z","lastTimestamp":"2026-11-21T23:04:00Z" """),
            Event("b", "keda-hpa-work", "New size: 1", ""","eventTime":"2026-11-21T23:01:00Z","series":{"count":3,"lastObservedTime":"2026-11-21T23:02:00Z"} """),
            Event("c", "work-fallback", "New size: 9; reason: x", ""),
            Event("d", "keda-hpa-work", "New size: many", ""),
            Event("e", "keda-hpa-work", "something else", ""));

        var rescales = (await TargetAsync(Make.ScaledObject())).Rescales;

        Assert.Equal([("b", 1, 3, 2), ("a", 5, 7, 4)], rescales.Select(r => (r.EventName, r.Size, r.Count, r.Last.Minute)));
        Assert.Equal(1, rescales[0].First.Minute);

        static string Event(string name, string hpa, string message, string more) =>
            $$"""{"metadata":{"name":"{{name}}","namespace":"mesh","uid":"{{name}}"},"involvedObject":{"kind":"HorizontalPodAutoscaler","name":"{{hpa}}"},"message":"{{message}}"{{more}} }""";
    }

    private async Task<TargetView> TargetAsync(string scaledObject, params string[] hpas)
    {
        _api.OnList(FakeApi.ScaledObjects, scaledObject).OnList(FakeApi.Hpas, hpas);
        var result = await _api.Client().ObserveAsync(CancellationToken.None);
        Assert.Equal("", result.Problem);
        return Assert.Single(result.Observation!.Targets).Value;
    }
}
