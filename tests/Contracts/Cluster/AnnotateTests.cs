using System.Collections.Immutable;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class AnnotateTests
{
    private const string Path = Make.ScaledObjectPath;
    private static readonly (int Status, string Body) s_stale = Fixture.Exchange("exchange.stale-resourceversion.409.txt");

    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task The_patch_is_guarded_by_resourceVersion_and_uid()
    {
        _api.On("PATCH", Path, Fixture.Exchange("exchange.pause.200.txt"));

        var outcome = await PatchAsync();

        Assert.Equal(Outcome.Done, outcome.Outcome);
        Assert.NotNull(outcome.ResourceVersion);
        var request = Assert.Single(_api.Requests);
        Assert.Equal(("application/merge-patch+json", $"{Path}?fieldManager=sophia-keda-reactor"), (request.ContentType, request.PathAndQuery));
        Assert.Equal(
            """{"metadata":{"uid":"11111111-1111-1111-1111-111111111111","resourceVersion":"7","annotations":{"autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1"}}}""",
            request.Body);
    }

    [Fact]
    public async Task A_null_removes_the_key()
    {
        _api.On("PATCH", Path, Fixture.Exchange("exchange.unpause.200.txt"));

        await PatchAsync(Make.Pause() with { Annotations = Make.Pause().Annotations.SetItem(Annotations.Paused, null) });

        Assert.Contains("\"autoscaling.keda.sh/paused\":null", Assert.Single(_api.Requests).Body);
    }

    [Fact]
    public async Task A_conflict_that_only_a_status_update_caused_is_sent_again_with_the_new_version()
    {
        _api.On("PATCH", Path, s_stale, s_stale, (200, Make.Again("{}", "10")));
        _api.On("GET", Path, (200, Make.Again("""{"other/key":"x"}""", "8")), (200, Make.Again("{}", "9")));

        var outcome = await PatchAsync();

        Assert.Equal((Outcome.Done, "10"), (outcome.Outcome, outcome.ResourceVersion));
        Assert.Equal(["7", "8", "9"], _api.Requests.Where(r => r.Method == "PATCH").Select(r => (string?)r.Json["metadata"]!["resourceVersion"]));
    }

    [Theory]
    [InlineData("""{"autoscaling.keda.sh/paused":"false"}""", "paused changed from absent to 'false'")]
    [InlineData("""{"reactor.sophia-intel.ai/incident":"inc-2"}""", "incident changed from absent to 'inc-2'")]
    public async Task A_conflict_in_what_was_decided_on_ends_the_chain(string annotations, string words)
    {
        _api.On("PATCH", Path, s_stale);
        _api.On("GET", Path, 200, Make.Again(annotations));

        var outcome = await PatchAsync();

        Assert.Equal((Outcome.Conflict, 409), (outcome.Outcome, outcome.Status));
        Assert.Contains(words, outcome.Detail);
        Assert.Equal(2, _api.Requests.Count);
    }

    [Theory]
    [InlineData("""{"autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1"}""", Outcome.Done)]
    [InlineData("""{"autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1","autoscaling.keda.sh/paused-replicas":"3"}""", Outcome.Done)]
    [InlineData("""{"reactor.sophia-intel.ai/incident":"inc-2"}""", Outcome.Conflict)]
    public async Task Last_marks_are_removed_whatever_else_has_changed(string annotations, Outcome expected)
    {
        _api.On("PATCH", Path, s_stale, (200, Make.Again("{}", "10")));
        _api.On("GET", Path, 200, Make.Again(annotations));
        var none = ImmutableSortedDictionary<string, string?>.Empty;
        var write = Make.Pause() with { Annotations = none.Add(Annotations.Incident, null), DecidedOn = none.Add(Annotations.Incident, "inc-1") };
        Assert.Equal(expected, (await PatchAsync(write)).Outcome);
    }

    [Fact]
    public async Task A_pause_that_somebody_else_set_meanwhile_to_the_same_value_is_no_longer_ours_to_take_away()
    {
        const string marks = """{"autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1"}""";
        _api.On("PATCH", Path, s_stale);
        _api.On("GET", Path, 200, Make.Again(marks, more: ""","managedFields":[{"manager":"kubectl-annotate","fieldsV1":{"f:metadata":{"f:annotations":{"f:autoscaling.keda.sh/paused":{}}}}}]"""));

        var outcome = await PatchAsync(Make.Pause() with
        {
            Annotations = Make.Pause().Annotations.SetItem(Annotations.Paused, null),
            DecidedOn = Make.Pause().DecidedOn.SetItem(Annotations.Paused, "true").SetItem(Annotations.Incident, "inc-1"),
        });

        Assert.Equal((Outcome.Conflict, "autoscaling.keda.sh/paused was set by field manager kubectl-annotate"), (outcome.Outcome, outcome.Detail));
        Assert.Single(_api.Requests, r => r.Method == "PATCH");
    }

    [Fact]
    public async Task Our_own_patch_whose_reply_was_lost_is_found_as_wanted()
    {
        _api.On("PATCH", Path, (_, hits) => hits == 0
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended early")
            : Task.FromResult(FakeApi.Answer(s_stale.Status, s_stale.Body)));
        _api.On("GET", Path, 200, Make.Again("""{"autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1"}"""));

        Assert.Equal(Outcome.AlreadyDone, (await PatchAsync()).Outcome);
    }

    [Fact]
    public async Task An_object_made_again_under_the_same_name_is_another_one()
    {
        _api.On("PATCH", Path, Fixture.Exchange("exchange.wrong-uid.422.txt"));
        _api.On("GET", Path, 200, Make.Again("{}", uid: "22222222-2222-2222-2222-222222222222"));

        var outcome = await PatchAsync();

        Assert.Equal((Outcome.Conflict, "the ScaledObject was deleted and made again"), (outcome.Outcome, outcome.Detail));
    }

    [Fact]
    public async Task An_invalid_patch_of_the_same_object_is_a_refusal()
    {
        _api.On("PATCH", Path, 422, FakeApi.Status("spec is invalid"));
        _api.On("GET", Path, 200, Make.Again("{}"));

        var outcome = await PatchAsync();

        Assert.Equal((Outcome.Refused, "spec is invalid"), (outcome.Outcome, outcome.Detail));
    }

    [Fact]
    public async Task An_object_on_its_way_out_is_left_alone()
    {
        _api.On("PATCH", Path, s_stale);
        _api.On("GET", Path, 200, Make.Again("{}", more: ""","deletionTimestamp":"2026-11-21T23:00:00Z" """));

        Assert.Contains("being deleted", (await PatchAsync()).Detail);
    }

    [Fact]
    public async Task An_object_that_is_gone_is_a_conflict()
    {
        _api.On("PATCH", Path, 404, FakeApi.Status("not found"));

        Assert.Equal((Outcome.Conflict, "the ScaledObject is gone"), await EndAsync());

        _api.On("PATCH", Path, s_stale);
        Assert.Equal((Outcome.Conflict, "the ScaledObject is gone"), await EndAsync());
    }

    [Fact]
    public async Task After_five_conflicts_the_next_look_decides()
    {
        _api.On("PATCH", Path, s_stale);
        _api.On("GET", Path, 200, Make.Again("{}"));

        Assert.Equal(Outcome.Conflict, (await PatchAsync()).Outcome);
        Assert.Equal(5, _api.Requests.Count(r => r.Method == "PATCH"));
    }

    [Fact]
    public async Task A_refusal_by_KEDAs_webhook_is_told_in_its_words()
    {
        _api.On("PATCH", Path, Fixture.Exchange("exchange.pause-refused-by-webhook.403.txt"));

        var outcome = await PatchAsync();

        Assert.Equal((Outcome.Refused, 403), (outcome.Outcome, outcome.Status));
        Assert.StartsWith("admission webhook \"vscaledobject.kb.io\" denied the request", outcome.Detail);
    }

    [Fact]
    public async Task The_memory_goes_along_signed()
    {
        var signer = new MemorySigner("a key that is long enough");
        _api.On("PATCH", Path, 200, Make.Again("{}"));

        await PatchAsync(Make.Pause(Make.Memory()), signer);

        var text = (string?)Assert.Single(_api.Requests).Json["metadata"]!["annotations"]![Annotations.Memory];
        Assert.Equal(Make.Memory(), signer.Verify(text!, Make.Uid).Memory);
    }

    [Fact]
    public async Task Without_a_key_no_memory_is_written()
    {
        _api.On("PATCH", Path, 200, Make.Again("{}"));

        await PatchAsync(Make.Pause(Make.Memory()));

        Assert.DoesNotContain(Annotations.Memory, Assert.Single(_api.Requests).Body);
    }

    private async Task<(Outcome Outcome, string Detail)> EndAsync() => await PatchAsync() is var o ? (o.Outcome, o.Detail) : default;

    private async Task<WriteOutcome> PatchAsync(AnnotateScaledObject? write = null, MemorySigner? signer = null) =>
        Assert.Single(await _time.RunAsync(_api.Client(_time, signer: signer).ActAsync([Make.Chain(write ?? Make.Pause())], _ => true, CancellationToken.None)));
}
