using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class RepetitionTests
{
    private const string Path = Make.HpaPath + "/keda-hpa-work";

    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task The_servers_own_time_is_waited_for(int status)
    {
        var began = _time.GetUtcNow();
        DateTimeOffset? second = null;
        _api.On("DELETE", Path, (_, hits) =>
        {
            var answer = FakeApi.Answer(hits == 0 ? status : 200, "{}");
            if (hits == 0)
                answer.Headers.Add("Retry-After", "3");
            else
                second = _time.GetUtcNow();
            return Task.FromResult(answer);
        });

        var outcome = await DeleteAsync();

        Assert.Equal(Outcome.Done, outcome.Outcome);
        Assert.InRange(second!.Value - began, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.6));
        Assert.Equal(second - began, outcome.Took);
        Assert.Equal(began, outcome.At);
    }

    [Fact]
    public async Task A_wait_beyond_the_budget_is_not_begun()
    {
        _api.On("DELETE", Path, (_, _) =>
        {
            var answer = FakeApi.Answer(429, FakeApi.Status("come back later"));
            answer.Headers.Add("Retry-After", "60");
            return Task.FromResult(answer);
        });

        var outcome = await DeleteAsync();

        Assert.StartsWith("come back later (", outcome.Detail);
        Assert.Equal((Outcome.Failed, TimeSpan.Zero), (outcome.Outcome, outcome.Took));
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task The_wait_in_the_Status_counts_when_there_is_no_header()
    {
        _api.On("DELETE", Path, 503, """{"kind":"Status","message":"busy","details":{"retryAfterSeconds":60}}""");

        await DeleteAsync();

        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_three_times_and_has_changed_nothing()
    {
        _api.On("DELETE", Path, (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));

        var outcome = await DeleteAsync();

        Assert.Equal((Outcome.Failed, "Connection refused", null), (outcome.Outcome, outcome.Detail, outcome.Status));
        Assert.Equal(3, _api.Requests.Count);
    }

    [Fact]
    public async Task A_lost_reply_is_asked_for_once_more()
    {
        _api.On("DELETE", Path, (_, hits) => hits == 0
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended early")
            : Task.FromResult(FakeApi.Answer(404, FakeApi.Status("not found"))));

        Assert.Equal(Outcome.AlreadyDone, (await DeleteAsync()).Outcome);
    }

    [Fact]
    public async Task A_reply_lost_twice_stays_lost()
    {
        _api.On("DELETE", Path, (_, _) => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended early"));

        var outcome = await DeleteAsync();

        Assert.Equal(Outcome.LostReply, outcome.Outcome);
        Assert.Contains("ended early", outcome.Detail);
        Assert.Equal(2, _api.Requests.Count);
    }

    [Fact]
    public async Task A_failure_after_a_lost_reply_does_not_hide_that_the_write_may_be_done()
    {
        _api.On("DELETE", Path, (_, hits) => hits == 0
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended early")
            : throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));

        Assert.Equal(Outcome.LostReply, (await DeleteAsync()).Outcome);
    }

    [Fact]
    public async Task A_request_without_an_answer_ends_with_its_timeout()
    {
        _api.On("DELETE", Path, (_, _) => new TaskCompletionSource<HttpResponseMessage>().Task);

        var outcome = await DeleteAsync();

        Assert.Equal((Outcome.LostReply, "no answer within 10 s", TimeSpan.FromSeconds(10)), (outcome.Outcome, outcome.Detail, outcome.Took));
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_after_its_status_is_an_answer()
    {
        _api.On("DELETE", Path, 200, """{"kind":"Sta""");

        Assert.Equal(Outcome.Done, (await DeleteAsync()).Outcome);
    }

    [Fact]
    public async Task A_refusal_in_HTML_is_told_as_it_is()
    {
        _api.On("DELETE", Path, 403, "<html>forbidden by the gateway</html>");

        Assert.Equal("<html>forbidden by the gateway</html>", (await DeleteAsync()).Detail);
    }

    [Fact]
    public async Task One_run_repeats_so_many_requests_in_all_and_no_more()
    {
        var chains = Enumerable.Range(0, 200).Select(i => Make.Chain(Make.Delete($"hpa-{i}"))).ToList();
        foreach (var i in Enumerable.Range(0, 200))
            _api.On("DELETE", $"{Make.HpaPath}/hpa-{i}", 503, FakeApi.Status("overloaded"));
        var client = _api.Client(_time);

        for (var run = 1; run <= 2; run++)
        {
            client.BeginRun();
            var ends = await _time.RunAsync(client.ActAsync(chains, _ => true, CancellationToken.None));

            // Each was sent once, and a tenth of that and twenty were repeated, not 400.
            Assert.All(ends, e => Assert.Equal(Outcome.Failed, e.Outcome));
            Assert.Equal(run * (200 + 40), _api.Requests.Count);
        }
    }

    private async Task<WriteOutcome> DeleteAsync() =>
        Assert.Single(await _time.RunAsync(_api.Client(_time).ActAsync([Make.Chain(Make.Delete())], _ => true, CancellationToken.None)));
}
