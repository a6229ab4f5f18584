using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>No caller costs memory by what it promises, and none who may send costs more than there is.</summary>
[Collection(nameof(Alone))]
public sealed class BodiesUnderWayTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    public static TheoryData<string> WaysWithBody => [.. RouteTable.Rows.Where(row => row.Method == "POST" && !row.May.Contains("nobody")).Select(row => row.Route)];

    [Fact]
    public async Task Eight_hundred_promises_of_16_MiB_cost_what_has_come_of_them()
    {
        var underWay = new BodiesUnderWay();
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(underWay).AddSingleton(Still()));
        (await host.SendAsync("GET", "health/live", null)).Dispose();
        var before = GC.GetTotalAllocatedBytes();
        List<Promise> promises = [];
        for (var i = 0; i < 800; i++)
            promises.Add(await Promise.MakeAsync(host.Client.BaseAddress!, "POST", "alerts", "sender", AlertmanagerPayload.MaxBytes, "{"));
        await UntilAsync(() => underWay.Held >= 800 * 1024);
        var (held, allocated) = (underWay.Held, GC.GetTotalAllocatedBytes() - before);
        using var live = await host.SendAsync("GET", "health/live", null);
        promises.ForEach(promise => promise.Dispose());

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.InRange(held, 1, 800 * 4 * 1024);
        Assert.InRange(allocated, 1, 128L * 1024 * 1024);
        await UntilAsync(() => underWay.Held == 0);
    }

    [Theory]
    [MemberData(nameof(WaysWithBody))]
    public async Task Without_proof_no_byte_of_a_body_is_waited_for(string route)
    {
        var underWay = new BodiesUnderWay();
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(underWay).AddSingleton(Still()));

        using var promise = await Promise.MakeAsync(host.Client.BaseAddress!, "POST", route, role: null, promised: 1024 * 1024, sent: "{");
        var answer = await promise.AnswerAsync(Generous);

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.Equal(0, underWay.Held);
    }

    [Fact]
    public async Task Over_the_bound_it_is_503_at_once_and_afterwards_taken_again()
    {
        var underWay = new BodiesUnderWay();
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(underWay).AddSingleton(Still()));
        Assert.True(underWay.TryHold(BodiesUnderWay.MaxBytes - BodiesUnderWay.KeptForOrders, order: false));

        using var refused = await host.SendAsync("POST", "alerts", "sender");
        using var promised = await Promise.MakeAsync(host.Client.BaseAddress!, "POST", "events", "sender", 1024 * 1024, "{");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), (refused.StatusCode, Assert.Single(refused.Headers.GetValues("Retry-After"))));
        Assert.Equal("Too many bodies", (string?)(await RunningHost.JsonOf(refused))["title"]);
        Assert.StartsWith("HTTP/1.1 503", await promised.AnswerAsync(Generous), StringComparison.Ordinal);
        Assert.Empty(host.Store.Audit); // a flood must not fill the trail: they are counted

        underWay.Release(BodiesUnderWay.MaxBytes - BodiesUnderWay.KeptForOrders);
        using var taken = await host.SendAsync("POST", "alerts", "sender", "{}");
        Assert.Equal(HttpStatusCode.BadRequest, taken.StatusCode);
        await UntilAsync(() => underWay.Held == 0);
    }

    [Fact]
    public async Task A_flood_of_alerts_leaves_room_for_a_human_s_order()
    {
        var underWay = new BodiesUnderWay();
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(underWay));
        Assert.True(underWay.TryHold(BodiesUnderWay.MaxBytes - BodiesUnderWay.KeptForOrders, order: false));

        using var stopped = await host.SendAsync("POST", "kill-switch", "operator", """{"state":"on","reason":"flood","by":"me"}""");

        Assert.NotEqual(HttpStatusCode.ServiceUnavailable, stopped.StatusCode);
        Assert.IsType<KillSwitchOrder>(Assert.Single(host.Loop.Accepted));
    }

    [Fact]
    public async Task What_a_body_becomes_counts_until_its_request_is_answered()
    {
        var underWay = new BodiesUnderWay();
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(underWay).AddSingleton(Still()));
        long held = 0;
        host.Loop.Decide = _ =>
        {
            held = underWay.Held;
            return null;
        };

        using var order = await host.SendAsync("POST", "kill-switch", "operator", """{"state":"on","reason":"flood","by":"me"}""");

        Assert.Equal(41, held);
        await UntilAsync(() => underWay.Held == 0);
    }

    [Theory]
    [InlineData("alerts", "sender")]
    [InlineData("kill-switch", "operator")]
    public async Task A_body_that_comes_too_slowly_is_503_after_four_seconds_and_says_so(string path, string role)
    {
        var (underWay, clock) = (new BodiesUnderWay(), new ManualTime(RunningHost.Start));
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(underWay).AddSingleton(new RequestTime(clock)));
        using var promise = await Promise.MakeAsync(host.Client.BaseAddress!, "POST", path, role, 1024, "{");
        var answer = promise.AnswerAsync(Generous);
        await UntilAsync(() => underWay.Held > 0);

        clock.Advance(TimeSpan.FromSeconds(3.9));
        await promise.SendAsync(" ");
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));

        var said = await answer;
        Assert.StartsWith("HTTP/1.1 503", said, StringComparison.Ordinal);
        Assert.Contains("Retry-After: 5", said, StringComparison.Ordinal);
        Assert.Contains("Body too slow", said, StringComparison.Ordinal);
        Assert.Empty(host.Loop.Accepted);
        await UntilAsync(() => underWay.Held == 0);
    }

    [Fact]
    public async Task Only_so_many_views_are_made_at_once_and_liveness_is_none_of_them()
    {
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(Still()));
        host.Loop.Hangs = true;
        using var gone = new CancellationTokenSource();
        var views = Enumerable.Range(0, AnswersUnderWay.Most).Select(_ => SendAndForgetAsync(host, gone.Token)).ToList();
        await UntilAsync(() => host.Loop.Waiting == AnswersUnderWay.Most);

        using var one = await host.SendAsync("GET", "breakers", "viewer");
        using var live = await host.SendAsync("GET", "health/live", null);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Too many answers"), (one.StatusCode, (string?)(await RunningHost.JsonOf(one))["title"]));
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);

        host.Loop.Hangs = false;
        await gone.CancelAsync();
        await Task.WhenAll(views);
        await UntilAsync(async () =>
        {
            using var again = await host.SendAsync("GET", "breakers", "viewer");
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_reader_of_an_export_that_takes_nothing_is_cut_off_after_ten_minutes()
    {
        var (clock, connection) = (new ManualTime(RunningHost.Start), new Connection());
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);

        var export = new ExportFile("text/csv", "audit.csv", clock, (_, gone) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, gone)).ExecuteAsync(context);
        clock.Advance(ExportFile.Longest - TimeSpan.FromSeconds(1));
        Assert.False(connection.Aborted);
        clock.Advance(TimeSpan.FromSeconds(1));

        await export;
        Assert.True(connection.Aborted);
    }

    [Theory]
    [InlineData("health/ready")]
    [InlineData("health")]
    public async Task Any_number_of_callers_without_proof_costs_one_look_at_the_store(string path)
    {
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(Still()));
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Store.Loading = () => open.Task;

        var callers = Enumerable.Range(0, 50).Select(_ => host.SendAsync("GET", path, null)).ToList();
        await UntilAsync(() => host.Store.Loads > 0);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        var loads = host.Store.Loads;
        open.SetResult();

        foreach (var answer in await Task.WhenAll(callers))
        {
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable);
            answer.Dispose();
        }

        Assert.Equal(1, loads);
    }

    [Fact]
    public async Task Connections_are_limited_in_number_size_and_time()
    {
        await using var host = await RunningHost.StartAsync();
        var kestrel = host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.InRange(kestrel.MaxConcurrentConnections!.Value, 3_000, 4_000); // 2,000 idle and 800 promising ones leave room
        Assert.InRange(kestrel.KeepAliveTimeout, TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1));
        Assert.InRange(kestrel.RequestHeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.InRange(kestrel.MinRequestBodyDataRate!.BytesPerSecond, 1024, 16 * 1024);
        Assert.InRange(kestrel.MinResponseDataRate!.BytesPerSecond, 1024, 16 * 1024);
        Assert.Equal(AlertmanagerPayload.MaxBytes, kestrel.MaxRequestBodySize);

        // Each with all that Kestrel reads ahead, and bodies at five times their bytes (LargeBodyTests): within the heap of a pod of 512 MiB.
        var connections = kestrel.MaxConcurrentConnections.Value * Math.Max(kestrel.MaxRequestBufferSize!.Value, kestrel.MaxRequestHeadersTotalSize);
        Assert.InRange(connections + 5L * BodiesUnderWay.MaxBytes, 1, 384L * 1024 * 1024 - 100 * 1024 * 1024);
        Assert.Contains("memory: 512Mi", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra/keda/base/reactor/deployment.yaml")), StringComparison.Ordinal);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool Aborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborted = true;
    }

    private static RequestTime Still() => new(new ManualTime(RunningHost.Start));

    private static async Task SendAndForgetAsync(RunningHost host, CancellationToken gone)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/breakers");
        request.Headers.Add("x-functions-key", RunningHost.KeyOf("viewer"));
        try
        {
            (await host.Client.SendAsync(request, gone)).Dispose();
        }
        catch (OperationCanceledException)
        {
            // It has gone, as it was to.
        }
    }

    private static Task UntilAsync(Func<bool> reached) => UntilAsync(() => Task.FromResult(reached()));

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        for (var left = 6_000; left > 0; left--)
        {
            if (await reached()) return;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        Assert.Fail("it did not come to that within a minute");
    }
}

/// <summary>What is measured for the whole process runs beside nothing else.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
