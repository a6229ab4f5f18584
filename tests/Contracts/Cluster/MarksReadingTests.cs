using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>What the reader believes of the marks on a ScaledObject, and from which answer.</summary>
public sealed class MarksReadingTests
{
    private static readonly TargetMemory Memory = new()
    {
        IncidentId = "inc-1",
        Cause = Cause.OperatorUnhealthy,
        TrippedAt = new DateTimeOffset(2026, 8, 1, 3, 0, 0, TimeSpan.Zero),
        Action = FallbackAction.Cpu,
        Workload = new WorkloadRef("apps/v1", "Deployment", "work"),
        Min = 1,
        Max = 9,
        CachedReplicas = 4,
        FallbackMin = 3,
        Floor = 4,
        FloorUntil = new DateTimeOffset(2026, 8, 1, 3, 10, 0, TimeSpan.Zero),
        Why = "the operator is dead",
        Held = new Hold(Reason.HeldByHuman, "ana", "leave it", new DateTimeOffset(2026, 8, 1, 3, 1, 0, 123, TimeSpan.Zero)),
        Attempts = 2,
    };

    private readonly FakeApi _api = new();
    private readonly MemorySigner _signer = new("a-key-of-this-test-only");

    private string Marked(string? uid = null, MemorySigner? by = null) =>
        $$"""{"autoscaling.keda.sh/paused":"true","reactor.sophia-intel.ai/incident":"inc-1","reactor.sophia-intel.ai/memory":"{{(by ?? _signer).Sign(Memory, uid ?? Make.Uid)}}"}""";

    private static string Listed(string annotations) =>
        $$"""{"metadata":{"name":"work","namespace":"mesh","uid":"{{Make.Uid}}","resourceVersion":"7","annotations":{{annotations}} },"spec":{"scaleTargetRef":{"name":"work"} } }""";

    private async Task<TargetView> SeeAsync(Panel? panel = null, MemorySigner? signer = null)
    {
        var look = await _api.Client(signer: signer ?? _signer).ObserveAsync(panel ?? Panel.Empty("c"), CancellationToken.None);
        _seen = look.Observation!;
        return _seen.Targets[Make.Target];
    }

    private Observation? _seen;

    [Fact]
    public async Task Our_own_signature_for_this_very_object_is_believed_whole()
    {
        _api.OnList(FakeApi.ScaledObjects, Listed(Marked())).On("GET", Make.ScaledObjectPath, 200, Listed(Marked()));

        var view = await SeeAsync();

        Assert.Equal((Memory, ""), (view.Memory, view.MemoryProblem));
        Assert.Equal([Make.Target], _seen!.ReadAgain);
    }

    [Fact]
    public async Task Another_objects_another_keys_or_a_torn_memory_is_not_believed_and_the_reason_is_said()
    {
        var cases = new[]
        {
            (Marked(uid: "22222222-2222-2222-2222-222222222222"), "written for another object"),
            (Marked(by: new MemorySigner("somebody-elses-key")), "signature is not ours"),
            (Marked().Replace("memory\":\"v1.", "memory\":\"v1.x"), "signature is not ours"),
            ("""{"reactor.sophia-intel.ai/memory":"true"}""", "not a memory of ours"),
        };
        foreach (var (annotations, why) in cases)
        {
            _api.OnList(FakeApi.ScaledObjects, Listed(annotations)).On("GET", Make.ScaledObjectPath, 200, Listed(annotations));
            var view = await SeeAsync();
            Assert.Null(view.Memory);
            Assert.Contains(why, view.MemoryProblem);
        }
    }

    [Fact]
    public async Task A_list_that_still_shows_marks_which_are_gone_is_corrected_by_reading_the_object()
    {
        _api.OnList(FakeApi.ScaledObjects, Listed(Marked())).On("GET", Make.ScaledObjectPath, 200, Listed("{}").Replace("\"7\"", "\"9\""));

        var view = await SeeAsync();

        Assert.Empty(view.Annotations);
        Assert.Null(view.Memory);
        Assert.Equal("9", view.ResourceVersion);
        Assert.Equal([Make.Target], _seen!.ReadAgain);
    }

    [Fact]
    public async Task What_is_gone_made_again_or_not_to_be_read_now_is_not_counted_as_read_again()
    {
        _api.OnList(FakeApi.ScaledObjects, Listed(Marked()));
        foreach (var (status, body) in new[] { (404, FakeApi.Status("gone")), (403, FakeApi.Status("forbidden")), (200, Listed(Marked()).Replace(Make.Uid, "another")) })
        {
            _api.On("GET", Make.ScaledObjectPath, status, body);
            await SeeAsync();
            Assert.Empty(_seen!.ReadAgain);
        }
    }

    [Fact]
    public async Task A_target_that_the_panel_knows_costs_no_further_request()
    {
        _api.OnList(FakeApi.ScaledObjects, Listed(Marked()));
        var known = Panel.Empty("c");
        known = known with
        {
            Targets = known.Targets.Add(Make.Target, new TrippedTarget
            {
                Id = Make.Target, Uid = Make.Uid, IncidentId = "inc-1", Phase = Phase.OnFallback, Since = default, Memory = Memory,
            }),
        };

        var view = await SeeAsync(known);

        Assert.Equal(Memory, view.Memory);
        Assert.DoesNotContain(_api.Requests, r => r.Path == Make.ScaledObjectPath);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_believed()
    {
        _api.OnList(FakeApi.ScaledObjects, Listed(Marked())).On("GET", Make.ScaledObjectPath, 200, Listed(Marked()));

        var look = await _api.Client().ObserveAsync(Panel.Empty("c"), CancellationToken.None);

        Assert.Contains("Memory:Key", look.Observation!.Targets[Make.Target].MemoryProblem);
    }
}
