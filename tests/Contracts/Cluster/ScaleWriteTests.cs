using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>A workload's replicas are set on the count that was seen, and on no other.</summary>
public sealed class ScaleWriteTests
{
    private const string Path = "/apis/apps/v1/namespaces/mesh/deployments/work/scale";
    private static readonly (int Status, string Body) s_stale = (409, """{"kind":"Status","message":"the object has been modified","reason":"Conflict","code":409}""");

    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    private static string Read(int replicas, string version) =>
        $$"""{"kind":"Scale","metadata":{"name":"work","namespace":"mesh","uid":"d","resourceVersion":"{{version}}"},"spec":{{(replicas == 0 ? "{}" : $$"""{"replicas":{{replicas}}}""")}} }""";

    private IEnumerable<string?> Versions => _api.Requests.Where(r => r.Method == "PATCH").Select(r => (string?)r.Json["metadata"]!["resourceVersion"]);

    private async Task<WriteOutcome> WriteAsync(int from, int to, string version = "7") => Assert.Single(
        await _api.Client(_time).ActAsync([Make.Chain(Make.Scale() with { From = from, Replicas = to, ResourceVersion = version })], _ => true, CancellationToken.None));

    [Fact]
    public async Task A_conflict_that_a_pod_caused_is_sent_again_with_the_new_version()
    {
        _api.On("PATCH", Path, s_stale, s_stale, (200, Read(10, "10")));
        _api.On("GET", Path, (200, Read(4, "8")), (200, Read(4, "9")));

        var outcome = await WriteAsync(4, 10);

        Assert.Equal((Outcome.Done, "10"), (outcome.Outcome, outcome.ResourceVersion));
        Assert.Equal(["7", "8", "9"], Versions);
    }

    [Theory]
    [InlineData(0)] // 0 is how an HPA is switched off
    [InlineData(3)]
    [InlineData(25)] // more than ours is not taken away either
    public async Task A_count_that_somebody_set_meanwhile_is_left_alone(int count)
    {
        _api.On("PATCH", Path, s_stale.Status, s_stale.Body);
        _api.On("GET", Path, 200, Read(count, "8"));

        var outcome = await WriteAsync(4, 10);

        Assert.Equal((Outcome.Conflict, $"its replicas changed from 4 to {count}"), (outcome.Outcome, outcome.Detail));
        Assert.Equal(["7"], Versions);
    }

    [Fact]
    public async Task One_that_has_so_many_by_then_is_found_done()
    {
        _api.On("PATCH", Path, s_stale.Status, s_stale.Body);
        _api.On("GET", Path, 200, Read(10, "8"));

        Assert.Equal(Outcome.AlreadyDone, (await WriteAsync(4, 10)).Outcome);
    }

    [Fact]
    public async Task A_count_that_an_HPA_told_is_read_before_it_is_changed()
    {
        _api.On("GET", Path, 200, Read(0, "8"));
        _api.On("PATCH", Path, 200, Read(1, "9"));

        Assert.Equal(Outcome.Done, (await WriteAsync(0, 1, version: "")).Outcome);
        Assert.Equal(["8"], Versions);

        _api.On("GET", Path, 200, Read(2, "8"));
        Assert.Equal(Outcome.Conflict, (await WriteAsync(0, 1, version: "")).Outcome);
    }

    [Theory]
    [InlineData(404, Outcome.Conflict)]
    [InlineData(403, Outcome.Refused)]
    public async Task Not_to_be_read_again_it_is_not_written(int status, Outcome end)
    {
        _api.On("GET", Path, status, "{}");

        Assert.Equal(end, (await WriteAsync(0, 1, version: "")).Outcome);
        Assert.Empty(Versions);
    }

    [Fact]
    public async Task A_workload_that_never_stands_still_ends_the_chain_after_five_tries()
    {
        _api.On("PATCH", Path, s_stale.Status, s_stale.Body);
        _api.On("GET", Path, 200, Read(4, "8"));

        Assert.Equal(Outcome.Conflict, (await WriteAsync(4, 10)).Outcome);
        Assert.Equal(5, Versions.Count());
    }
}
