using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class ObserveTests
{
    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Thousands_of_targets_are_read_in_pages_and_never_one_by_one()
    {
        _api.On("GET", FakeApi.ScaledObjects, (seen, hits) => Task.FromResult(FakeApi.Answer(200, hits switch
        {
            0 => Page("a", "t/1"),
            1 when seen.PathAndQuery.Contains("continue=t%2F1") => Page("b", "t2"),
            2 when seen.PathAndQuery.Contains("continue=t2") => Page("c", ""),
            _ => throw new InvalidOperationException(seen.PathAndQuery),
        })));

        var seen = await SeeAsync();

        Assert.Equal(["a", "b", "c"], seen.Targets.Keys.Select(t => t.Name));
        Assert.All(_api.Requests.Where(r => r.Path != FakeApi.Served), r => Assert.Contains("limit=500", r.PathAndQuery));
        Assert.Equal(15, _api.Requests.Count);
    }

    [Fact]
    public async Task A_list_that_expired_between_two_pages_is_read_again_from_its_start()
    {
        _api.On("GET", FakeApi.Hpas, (200, FakeApi.PageOf(FakeApi.Hpas, "next", Make.Hpa("old"))), (410, FakeApi.Status("too old")), (200, FakeApi.List(FakeApi.Hpas, Make.Hpa("new"))));
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject());

        var seen = await SeeAsync();

        Assert.Equal(["new"], seen.Targets[Make.Target].Hpas.Select(h => h.Name));
    }

    [Fact]
    public async Task A_list_that_expires_twice_is_no_observation()
    {
        _api.On("GET", FakeApi.Hpas, (200, FakeApi.PageOf(FakeApi.Hpas, "next", Make.Hpa("a"))), (410, FakeApi.Status("too old")), (200, FakeApi.PageOf(FakeApi.Hpas, "next", Make.Hpa("a"))), (410, FakeApi.Status("too old again")));

        Assert.Contains("too old again", await BlindAsync());
    }

    [Theory]
    [InlineData(FakeApi.ScaledObjects, 503, "the server is busy")]
    [InlineData(FakeApi.Deployments, 500, "etcd leader changed")]
    [InlineData(FakeApi.Hpas, 429, "too many requests")]
    [InlineData(FakeApi.Events, 403, "events is forbidden")]
    [InlineData(FakeApi.Leases, 401, "Unauthorized")]
    [InlineData(FakeApi.ScaledJobs, 504, "timed out")]
    [InlineData(FakeApi.ApiServices, 502, "bad gateway")]
    [InlineData(FakeApi.ApiServices, 403, "apiservices is forbidden")]
    [InlineData(FakeApi.Namespaces, 503, "overloaded")]
    [InlineData(FakeApi.Vpas, 500, "etcd")]
    [InlineData(FakeApi.ControllerLeases, 429, "too many requests")]
    [InlineData(FakeApi.ScaledObjects, 404, "the server could not find the requested resource")]
    public async Task One_failing_list_means_no_observation_with_the_servers_words(string path, int status, string words)
    {
        _api.On("GET", path, status, FakeApi.Status(words));

        var problem = await BlindAsync();

        Assert.Contains($"{status}: {words}", problem);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_no_observation_and_no_exception()
    {
        _api.On("GET", FakeApi.Deployments, (_, _) => new TaskCompletionSource<HttpResponseMessage>().Task);

        Assert.Contains("no answer within 10 s", await BlindAsync());
    }

    /// <summary>A dozen lists, some at a time, each with its own timeout: together they would outlast the lease, and the look could not be saved.</summary>
    [Fact]
    public async Task A_server_that_never_answers_anything_is_given_half_a_lease_in_all()
    {
        foreach (var list in new[] { FakeApi.ScaledObjects, FakeApi.Deployments, FakeApi.Hpas, FakeApi.Events, FakeApi.Leases, FakeApi.ScaledJobs, FakeApi.ApiServices, FakeApi.Namespaces, FakeApi.Vpas })
            _api.On("GET", list, (_, _) => new TaskCompletionSource<HttpResponseMessage>().Task);
        var began = _time.GetUtcNow();

        Assert.Contains("did not answer every list within 15 s", await BlindAsync());

        Assert.Equal(TimeSpan.FromSeconds(15), _time.GetUtcNow() - began);
    }

    [Fact]
    public async Task A_lost_connection_is_no_observation_and_no_exception()
    {
        _api.On("GET", FakeApi.Events, (_, _) => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended early"));

        Assert.Contains("ended early", await BlindAsync());
    }

    [Fact]
    public async Task A_list_that_fails_once_is_asked_again()
    {
        _api.On("GET", FakeApi.ScaledObjects, (503, FakeApi.Status("busy")), (200, FakeApi.List(FakeApi.ScaledObjects, Make.ScaledObject())));

        Assert.Single((await SeeAsync()).Targets);
    }

    [Theory]
    [InlineData("{}", "expected ScaledObjectList")]
    [InlineData("null", "200")]
    [InlineData("<html>", "can't be read")]
    [InlineData("[]", "can't be read")]
    [InlineData("", "can't be read")]
    [InlineData("""{"kind":"PodList","items":[]}""", "the answer's kind is 'PodList', expected ScaledObjectList")]
    [InlineData("""{"kind":"Status","status":"Success"}""", "the answer's kind is 'Status', expected ScaledObjectList")]
    [InlineData("""{"kind":"ScaledObjectList","items":{}}""", "items: an array is expected")]
    [InlineData("""{"kind":"ScaledObjectList","metadata":{"continue":5},"items":[]}""", "metadata.continue is no text")]
    [InlineData("""{"kind":"ScaledObjectList","items":[]""", "can't be read")]
    [InlineData("""{"kind":"ScaledObjectList","items":[]}{}""", "can't be read")]
    public async Task Something_that_is_not_a_list_never_passes_for_an_empty_cluster(string body, string words)
    {
        _api.On("GET", FakeApi.ScaledObjects, 200, body);

        Assert.Contains(words, await BlindAsync());
    }

    [Fact]
    public async Task A_server_that_offers_the_same_page_for_ever_is_left()
    {
        _api.On("GET", FakeApi.ScaledObjects, 200, FakeApi.PageOf(FakeApi.ScaledObjects, "again", Make.ScaledObject()));

        Assert.Contains("same page", await BlindAsync());
    }

    [Fact]
    public async Task Without_the_ScaledJob_resource_there_are_none()
    {
        _api.On("GET", FakeApi.ScaledJobs, 404, FakeApi.Status("not found"));

        Assert.Empty((await SeeAsync()).ScaledJobs);
    }

    [Fact]
    public async Task ScaledJobs_are_named()
    {
        _api.OnList(FakeApi.ScaledJobs, """{"metadata":{"name":"nightly","namespace":"mesh","uid":"j"}}""");

        Assert.Equal(new TargetId("mesh", "nightly"), Assert.Single((await SeeAsync()).ScaledJobs));
    }

    [Fact]
    public async Task StatefulSets_are_read_only_when_a_target_is_one()
    {
        await SeeAsync();
        Assert.DoesNotContain(_api.Requests, r => r.Path == FakeApi.StatefulSets);

        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject(spec: """{"scaleTargetRef":{"kind":"StatefulSet","name":"db"}}"""));
        _api.OnList(FakeApi.StatefulSets, Make.Deployment("db", spec: """{"replicas":3}""", status: """{"availableReplicas":2}"""));

        var replicas = (await SeeAsync()).Targets[Make.Target].Replicas!;
        Assert.Equal((3, 2), (replicas.Desired, replicas.Available));
    }

    [Fact]
    public async Task Only_rescales_and_the_operators_lease_are_asked_for()
    {
        await SeeAsync();

        Assert.Contains(_api.Requests, r => r.Path == FakeApi.Events && r.PathAndQuery.Contains("fieldSelector=reason%3DSuccessfulRescale%2CinvolvedObject.kind%3DHorizontalPodAutoscaler"));
        Assert.Contains(_api.Requests, r => r.Path == FakeApi.Leases && r.PathAndQuery.Contains("fieldSelector=metadata.name%3Doperator.keda.sh"));
    }

    [Fact]
    public async Task Only_watched_namespaces_hold_targets()
    {
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject(), Make.ScaledObject("other", "elsewhere"));
        _api.OnList(FakeApi.ScaledJobs, """{"metadata":{"name":"nightly","namespace":"elsewhere","uid":"j"}}""");

        var seen = await SeeAsync(new ClusterSettings { Namespaces = ["mesh"] });

        Assert.Equal([Make.Target], seen.Targets.Keys);
        Assert.Empty(seen.ScaledJobs);
    }

    [Fact]
    public async Task A_missing_metrics_API_is_seen_as_such()
    {
        _api.OnApiService(FakeApi.MetricsApi, null);

        var server = (await SeeAsync()).MetricsServer;

        Assert.Equal((false, "NotFound"), (server.Available, server.Reason));
    }

    [Fact]
    public async Task A_failing_metrics_API_is_seen_with_its_reason()
    {
        _api.OnApiService(FakeApi.MetricsApi, """{"conditions":[{"type":"Available","status":"False","reason":"FailedDiscoveryCheck","message":"no answer"}]}""");

        Assert.Equal(new MetricsServerView { Available = false, Reason = "FailedDiscoveryCheck", Message = "no answer" }, (await SeeAsync()).MetricsServer);
    }

    [Fact]
    public async Task A_look_that_is_called_off_throws_as_every_cancelled_call()
    {
        using var cancel = new CancellationTokenSource();
        _api.On("GET", FakeApi.Hpas, (_, _) => new TaskCompletionSource<HttpResponseMessage>().Task);

        var look = _api.Client(_time).ObserveAsync(cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
    }

    private static string Page(string name, string next) => FakeApi.PageOf(FakeApi.ScaledObjects, next, Make.ScaledObject(name));

    private async Task<Observation> SeeAsync(ClusterSettings? settings = null)
    {
        var result = await _time.RunAsync(_api.Client(_time, settings: settings).ObserveAsync(CancellationToken.None));
        Assert.Equal("", result.Problem);
        return result.Observation!;
    }

    private async Task<string> BlindAsync()
    {
        var result = await _time.RunAsync(_api.Client(_time).ObserveAsync(CancellationToken.None));
        Assert.Null(result.Observation);
        return result.Problem;
    }
}
