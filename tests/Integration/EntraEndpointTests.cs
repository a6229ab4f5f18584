using System.Net;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Contracts.Tests.Access.Entra;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class EntraEndpointTests
{
    [Fact]
    public async Task A_token_of_a_listed_application_may_send_and_may_nothing_else()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await RunningHost.StartAsync(With(authority));
        var token = authority.Token(RunningHost.Start);

        using var sent = await SendAsync(host, "POST", "events", token);
        using var asked = await SendAsync(host, "OPTIONS", "events", token);
        using var looked = await SendAsync(host, "GET", "breakers", token);
        using var ordered = await SendAsync(host, "POST", "breakers/trip", token);

        Assert.Equal(
            (HttpStatusCode.Accepted, HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden),
            (sent.StatusCode, asked.StatusCode, looked.StatusCode, ordered.StatusCode));
        Assert.Contains($"entra:{Authority.EventGrid}", (string?)(await RunningHost.JsonOf(looked))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_somebody_else_is_401()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await RunningHost.StartAsync(With(authority));

        using var response = await SendAsync(host, "POST", "events", authority.Token(RunningHost.Start, claims => claims["aud"] = "api://another"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(host.Loop.Accepted);
    }

    [Fact]
    public async Task A_token_that_can_not_be_checked_now_is_503_and_a_key_does_not_wait_for_it()
    {
        await using var authority = await Authority.StartAsync();
        authority.Instead = context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return true;
        };
        await using var host = await RunningHost.StartAsync(With(authority));

        using var key = await host.SendAsync("POST", "events", "sender", WaysInTests.Event().ToJsonString());
        var servedForKey = authority.Served;
        using var token = await SendAsync(host, "POST", "events", authority.Token(RunningHost.Start));

        Assert.Equal((HttpStatusCode.Accepted, 0), (key.StatusCode, servedForKey));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, token.StatusCode);
        Assert.NotNull(token.Headers.RetryAfter);
    }

    [Fact]
    public async Task What_is_open_to_all_asks_Entra_nothing()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await RunningHost.StartAsync(With(authority));

        using var response = await SendAsync(host, "GET", "health/live", authority.Token(RunningHost.Start));

        Assert.Equal((HttpStatusCode.OK, 0), (response.StatusCode, authority.Served));
    }

    [Fact]
    public async Task A_token_is_never_logged()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await RunningHost.StartAsync(With(authority));

        using var good = await SendAsync(host, "POST", "events", authority.Token(RunningHost.Start));
        using var bad = await SendAsync(host, "POST", "events", authority.Token(RunningHost.Start, claims => claims["exp"] = 1));

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Unauthorized), (good.StatusCode, bad.StatusCode));
        Assert.Contains(host.Log, line => line.Contains("A bearer token was refused", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log, line => line.Contains("eyJ", StringComparison.Ordinal));
    }

    private static Dictionary<string, string?> With(Authority authority) => new(RunningHost.Keys)
    {
        ["Entra:Tenant"] = Authority.Tenant,
        ["Entra:Audience"] = Authority.Audience,
        ["Entra:Senders"] = Authority.EventGrid,
        ["Entra:Authority"] = authority.Url.AbsoluteUri,
    };

    private static Task<HttpResponseMessage> SendAsync(RunningHost host, string method, string path, string token) =>
        host.SendAsync(method, path, null, WaysInTests.Event().ToJsonString(), request =>
        {
            request.Headers.Authorization = new("Bearer", token);
            request.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        });
}
