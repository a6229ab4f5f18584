using System.Collections.Immutable;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class ActTests
{
    private const string Delete = Make.HpaPath + "/keda-hpa-work";

    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_delete_carries_the_uid_as_its_precondition()
    {
        _api.On("DELETE", Delete, Fixture.Exchange("exchange.delete.200.txt"));

        var outcome = await WriteAsync(Make.Delete());

        Assert.Equal((Outcome.Done, 200), (outcome.Outcome, outcome.Status));
        var body = Assert.Single(_api.Requests).Json;
        Assert.Equal("hpa-uid", (string?)body["preconditions"]!["uid"]);
        Assert.Equal("Background", (string?)body["propagationPolicy"]);
    }

    [Theory]
    [InlineData("exchange.delete-again.404.txt", Outcome.AlreadyDone)]
    [InlineData("exchange.delete-wrong-uid.409.txt", Outcome.Conflict)]
    public async Task What_is_gone_already_is_as_good_as_deleted_and_another_uid_is_another_object(string recorded, Outcome expected)
    {
        _api.On("DELETE", Delete, Fixture.Exchange(recorded));

        Assert.Equal(expected, (await WriteAsync(Make.Delete())).Outcome);
    }

    [Fact]
    public async Task The_fallback_is_applied_with_everything_that_keeps_others_from_harming_it()
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", Fixture.Exchange("exchange.apply-fallback-hpa.201.txt"));

        var outcome = await WriteAsync(Make.Apply());

        Assert.Equal((Outcome.Done, "521"), (outcome.Outcome, outcome.ResourceVersion));
        var request = Assert.Single(_api.Requests);
        Assert.Equal("application/apply-patch+yaml", request.ContentType);
        Assert.EndsWith("?fieldManager=sophia-keda-reactor&force=false", request.PathAndQuery);
        const string Expected = """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"work-fallback","namespace":"mesh","labels":{"app.kubernetes.io/managed-by":"sophia-keda-reactor"},"annotations":{"validations.keda.sh/hpa-ownership":"false","reactor.sophia-intel.ai/incident":"inc-1"},"ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"work","uid":"11111111-1111-1111-1111-111111111111","blockOwnerDeletion":false}]},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"work"},"minReplicas":3,"maxReplicas":9,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}],"behavior":{"scaleUp":{"stabilizationWindowSeconds":0,"selectPolicy":"Max"},"scaleDown":{"stabilizationWindowSeconds":300,"selectPolicy":"Max","policies":[{"type":"Percent","value":10,"periodSeconds":60}]}}}}
            """;
        Assert.Equal(Expected.Trim(), request.Body);
    }

    [Theory]
    [InlineData("Operation cannot be fulfilled on horizontalpodautoscalers.autoscaling \"work-fallback\": the object has been modified; please apply your changes to the latest version and try again", 2, Outcome.Done)]
    [InlineData("Apply failed with 1 conflict: conflict with \"somebody\" using autoscaling/v2: .spec.scaleTargetRef", 1, Outcome.Conflict)]
    public async Task An_apply_that_met_another_write_is_sent_again_and_one_that_met_another_owner_is_not(string words, int sent, Outcome expected)
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", (409, FakeApi.Status(words)), (200, "{}"));
        Assert.Equal(expected, (await WriteAsync(Make.Apply())).Outcome);
        Assert.Equal(sent, _api.Requests.Count);
    }

    [Fact]
    public async Task An_apply_that_always_comes_late_waits_for_the_next_look()
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", 409, FakeApi.Status("the object has been modified; please apply your changes to the latest version and try again"));
        Assert.Equal(Outcome.Conflict, (await WriteAsync(Make.Apply())).Outcome);
        Assert.Equal(5, _api.Requests.Count);
    }

    [Theory]
    [InlineData("", Outcome.Done)]
    [InlineData("HorizontalPodAutoscaler \"work-fallback\" is invalid: metadata.uid: Invalid value: field is immutable", Outcome.Conflict)]
    [InlineData("HorizontalPodAutoscaler \"work-fallback\" is invalid: spec.maxReplicas", Outcome.Refused)]
    public async Task Only_what_was_seen_to_be_ours_is_forced_and_by_its_uid(string refusal, Outcome expected)
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", refusal.Length == 0 ? 200 : 422, refusal.Length == 0 ? "{}" : FakeApi.Status(refusal));

        Assert.Equal(expected, (await WriteAsync(Make.Apply() with { Uid = "ours" })).Outcome);

        var request = _api.Requests.First();
        Assert.EndsWith("&force=true", request.PathAndQuery);
        Assert.Equal("ours", (string?)request.Json["metadata"]!["uid"]);
    }

    [Fact]
    public async Task A_direction_that_a_human_stopped_stays_stopped_in_the_fallback()
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", 200, "{}");
        var write = Make.Apply();

        await WriteAsync(write with { Hpa = write.Hpa with { NeverDown = true, NeverUp = true } });

        var behavior = Assert.Single(_api.Requests).Json["spec"]!["behavior"]!;
        Assert.Equal(("Disabled", "Disabled"), ((string?)behavior["scaleUp"]!["selectPolicy"], (string?)behavior["scaleDown"]!["selectPolicy"]));
    }

    [Fact]
    public async Task With_a_sidecar_the_metric_is_the_app_containers()
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", 200, "{}");

        await WriteAsync(Make.Apply("app"));

        Assert.Equal(
            """[{"type":"ContainerResource","containerResource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60},"container":"app"}}]""",
            Assert.Single(_api.Requests).Json["spec"]!["metrics"]!.ToJsonString());
    }

    [Theory]
    [InlineData("Deployment", "deployments")]
    [InlineData("StatefulSet", "statefulsets")]
    [InlineData("ReplicaSet", "replicasets")]
    public async Task A_workload_is_raised_through_its_scale(string kind, string plural)
    {
        _api.On("PATCH", $"/apis/apps/v1/namespaces/mesh/{plural}/work/scale", 200, Fixture.Text("deployment.scale.json"));

        var outcome = await WriteAsync(Make.Scale(kind: kind));

        Assert.Equal((Outcome.Done, "318"), (outcome.Outcome, outcome.ResourceVersion));
        var request = Assert.Single(_api.Requests);
        Assert.Equal(("application/merge-patch+json", """{"metadata":{"resourceVersion":"7"},"spec":{"replicas":4}}"""), (request.ContentType, request.Body));
    }

    [Fact]
    public async Task Another_kind_is_looked_up_once()
    {
        _api.On("GET", "/apis/argoproj.io/v1alpha1", 200, """{"kind":"APIResourceList","resources":[null,{"name":"rollouts/status","kind":"Rollout"},{"name":"rollouts","kind":"Rollout"},{"name":"rollouts/scale","kind":"Scale"}]}""");
        _api.On("PATCH", "/apis/argoproj.io/v1alpha1/namespaces/mesh/rollouts/work/scale", 200, "{}");
        var client = _api.Client(_time);
        var chain = Make.Chain(Make.Scale("argoproj.io/v1alpha1", "Rollout"), Make.Scale("argoproj.io/v1alpha1", "Rollout"));

        var outcomes = await client.ActAsync([chain], _ => true, CancellationToken.None);

        Assert.All(outcomes, o => Assert.Equal(Outcome.Done, o.Outcome));
        Assert.Equal(["GET", "PATCH", "PATCH"], _api.Requests.Select(r => r.Method));
    }

    [Fact]
    public async Task A_kind_without_a_scale_is_refused_before_anything_is_sent()
    {
        _api.On("GET", "/apis/batch/v1", 200, """{"resources":[{"name":"cronjobs","kind":"CronJob"}]}""");

        var outcome = await WriteAsync(Make.Scale("batch/v1", "CronJob"));

        Assert.Equal(Outcome.Refused, outcome.Outcome);
        Assert.DoesNotContain(_api.Requests, r => r.Method == "PATCH");
    }

    [Theory]
    [InlineData(400, Outcome.Refused)]
    [InlineData(401, Outcome.Refused)]
    [InlineData(403, Outcome.Refused)]
    [InlineData(404, Outcome.Refused)]
    [InlineData(405, Outcome.Refused)]
    [InlineData(409, Outcome.Conflict)]
    [InlineData(415, Outcome.Refused)]
    [InlineData(422, Outcome.Refused)]
    [InlineData(302, Outcome.Refused)]
    [InlineData(429, Outcome.Failed)]
    [InlineData(500, Outcome.Failed)]
    [InlineData(502, Outcome.Failed)]
    [InlineData(503, Outcome.Failed)]
    [InlineData(504, Outcome.Failed)]
    public async Task Every_status_has_its_outcome_with_the_servers_words(int status, Outcome expected)
    {
        _api.On("PATCH", Make.HpaPath + "/work-fallback", status, FakeApi.Status("so says the server"));

        var outcome = await WriteAsync(Make.Apply());

        // A 429 says besides whose limit it is: ThrottlingTests.
        Assert.Equal((expected, status, "so says the server"), (outcome.Outcome, outcome.Status, outcome.Detail.Split(" (not by priority")[0]));
        Assert.Equal(expected == Outcome.Failed ? 3 : 1, _api.Requests.Count);
    }

    [Fact]
    public async Task Long_words_are_cut_and_put_on_one_line()
    {
        _api.On("DELETE", Delete, 403, FakeApi.Status("first\nsecond" + new string('x', 1000)));

        var detail = (await WriteAsync(Make.Delete())).Detail;

        Assert.Equal(300, detail.Length);
        Assert.StartsWith("first second", detail);
    }

    [Fact]
    public async Task A_chain_ends_at_the_first_refusal()
    {
        _api.On("PATCH", Make.ScaledObjectPath, 200, Make.Again("{}"));
        _api.On("DELETE", Delete, 403, FakeApi.Status("no"));
        _api.On("PATCH", Make.HpaPath + "/work-fallback", 201, "{}");

        var outcomes = await ActAsync(Make.Chain(Make.Pause(), Make.Delete(), Make.Apply()));

        Assert.Equal([Outcome.Done, Outcome.Refused, Outcome.Skipped], outcomes.Select(o => o.Outcome));
        Assert.Equal(["PATCH", "DELETE"], _api.Requests.Select(r => r.Method));
    }

    [Fact]
    public async Task A_refusal_ends_its_own_chain_only()
    {
        _api.On("DELETE", Delete, 403, FakeApi.Status("no"));
        _api.On("PATCH", Make.HpaPath + "/work-fallback", 201, "{}");

        var outcomes = await ActAsync(Make.Chain(Make.Delete()), Make.Chain(Make.Apply()));

        Assert.Equal([Outcome.Refused, Outcome.Done], outcomes.Select(o => o.Outcome));
    }

    [Fact]
    public async Task Nothing_is_sent_that_could_outlive_the_lease()
    {
        _api.On("PATCH", Make.ScaledObjectPath, 200, Make.Again("{}"));
        var asked = new List<TimeSpan>();

        var outcomes = await _time.RunAsync(_api.Client(_time).ActAsync(
            [Make.Chain(Make.Pause(), Make.Delete(), Make.Apply())],
            needed =>
            {
                asked.Add(needed);
                return asked.Count < 2;
            },
            CancellationToken.None));

        Assert.Equal([Outcome.Done, Outcome.Skipped, Outcome.Skipped], outcomes.Select(o => o.Outcome));
        Assert.Equal([TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)], asked);
        Assert.Contains("lease", outcomes[1].Detail);
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task A_write_is_not_repeated_once_the_lease_is_too_short()
    {
        _api.On("DELETE", Delete, 503, FakeApi.Status("busy"));
        var asked = 0;

        var outcomes = await _time.RunAsync(_api.Client(_time).ActAsync([Make.Chain(Make.Delete())], _ => asked++ == 0, CancellationToken.None));

        Assert.Equal(Outcome.Failed, Assert.Single(outcomes).Outcome);
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task A_run_that_is_called_off_tells_the_end_of_every_write()
    {
        using var cancel = new CancellationTokenSource();
        _api.On("DELETE", Delete, (_, _) => new TaskCompletionSource<HttpResponseMessage>().Task);

        var acting = _api.Client(_time).ActAsync([Make.Chain(Make.Delete(), Make.Apply())], _ => true, cancel.Token);
        await cancel.CancelAsync();

        Assert.Equal([Outcome.LostReply, Outcome.Skipped], (await acting).Select(o => o.Outcome));
    }

    [Fact]
    public async Task Never_more_writes_are_under_way_than_the_policy_allows()
    {
        var underWay = 0;
        var most = 0;
        var release = new TaskCompletionSource();
        foreach (var i in Enumerable.Range(0, 12))
        {
            _api.On("DELETE", $"{Make.HpaPath}/hpa-{i}", async (_, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref underWay));
                await release.Task;
                await Task.Yield();
                Interlocked.Decrement(ref underWay);
                return FakeApi.Answer(200, "{}");
            });
        }

        var acting = _api.Client(_time, new Policy { ParallelWrites = 3 }).ActAsync(
            [.. Enumerable.Range(0, 12).Select(i => Make.Chain(Make.Delete($"hpa-{i}")))], _ => true, CancellationToken.None);

        // None may end yet: whoever else is let in shows up now.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.Equal(3, Volatile.Read(ref underWay));
        release.SetResult();
        var outcomes = await acting;

        Assert.Equal(3, most);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"hpa-{i}"), outcomes.Select(o => ((DeleteHpa)o.Write).Name));
    }

    [Theory]
    [InlineData("../../secrets/x")]
    [InlineData("a/b")]
    [InlineData("a?x=y")]
    [InlineData("UPPER")]
    [InlineData("a%2Fb")]
    [InlineData("line\n")]
    [InlineData("")]
    public async Task A_name_that_is_not_DNS_1123_never_reaches_a_path(string name)
    {
        var target = new TargetId("mesh", name);
        var outcomes = await ActAsync(
            Make.Chain(Make.Delete(name)),
            Make.Chain(Make.Delete() with { Target = target }),
            Make.Chain(Make.Delete() with { Target = new TargetId(name, "work") }),
            Make.Chain(Make.Pause() with { Target = target }),
            Make.Chain(Make.Apply() with { Hpa = Make.Apply().Hpa with { Name = name } }),
            Make.Chain(Make.Scale() with { Workload = new WorkloadRef("apps/v1", "Deployment", name) }),
            Make.Chain(Make.Scale() with { Workload = new WorkloadRef($"apps/{name}", "Thing", "work") }),
            Make.Chain(Make.Scale() with { Workload = new WorkloadRef("a/b/c", "Thing", "work") }));

        Assert.All(outcomes, o => Assert.Equal(Outcome.Refused, o.Outcome));
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task Every_kind_of_write_can_be_carried_out()
    {
        var kinds = typeof(ClusterWrite).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ClusterWrite))).ToHashSet();
        ClusterWrite[] writes = [Make.Pause(), Make.Delete(), Make.Apply(), Make.Scale()];

        Assert.Equal(kinds, writes.Select(w => w.GetType()).ToHashSet());
        Assert.Equal(4, (await ActAsync([.. writes.Select(w => Make.Chain(w))])).Length);
    }

    private async Task<WriteOutcome> WriteAsync(ClusterWrite write) => Assert.Single(await ActAsync(Make.Chain(write)));

    private Task<ImmutableArray<WriteOutcome>> ActAsync(params WriteChain[] chains) =>
        _time.RunAsync(_api.Client(_time).ActAsync(chains, _ => true, CancellationToken.None));
}
