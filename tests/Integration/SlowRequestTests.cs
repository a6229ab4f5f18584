using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class SlowRequestTests
{
    [Fact]
    public async Task A_request_that_would_wait_for_ever_is_answered_after_five_seconds()
    {
        var clock = new ManualTime(RunningHost.Start);
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(new RequestTime(clock)));
        host.Loop.Hangs = true;

        var answer = host.SendAsync("GET", "breakers", "viewer");
        await UntilAsync(() => host.Loop.Waiting == 1);
        clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(await SoonAsync(answer));

        clock.Advance(TimeSpan.FromSeconds(0.1));
        using var response = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("5", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Equal("Too slow", (string?)(await RunningHost.JsonOf(response))["title"]);
    }

    private static async Task<bool> SoonAsync(Task task) => await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System)) == task;

    private static async Task UntilAsync(Func<bool> reached)
    {
        for (var left = 2_000; !reached() && left > 0; left--) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        Assert.True(reached(), "it did not come to that within 10 s");
    }
}
