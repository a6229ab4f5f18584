using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>Pages while a routing key is being replaced: only the key that opened an incident closes it.</summary>
public sealed class TwoRoutingKeysTests : IAsyncLifetime
{
    private const string New = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
    private const string Old = "oooooooooooooooooooooooooooooooo";

    private readonly HttpClient http = PageHttp.Create();
    private readonly Dictionary<string, int> answers = new() { [New] = 202, [Old] = 202 };
    private LoopbackServer server = null!;

    public async Task InitializeAsync()
    {
        server = await LoopbackServer.StartAsync();
        server.Answer = Answer;
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(PageKind.Trigger, 202, 202, SendStatus.Delivered, "n")]
    [InlineData(PageKind.Update, 202, 202, SendStatus.Delivered, "n")]
    [InlineData(PageKind.Trigger, 400, 202, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Trigger, 403, 500, SendStatus.Retry, "no")]
    [InlineData(PageKind.Trigger, 400, 400, SendStatus.Final, "no")]
    [InlineData(PageKind.Trigger, 400, 403, SendStatus.Refused, "no")]
    [InlineData(PageKind.Trigger, 500, 202, SendStatus.Retry, "n")]
    [InlineData(PageKind.Trigger, 429, 202, SendStatus.Retry, "n")]
    [InlineData(PageKind.Acknowledge, 202, 202, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Acknowledge, 400, 202, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Resolve, 202, 202, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Resolve, 400, 202, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Resolve, 202, 400, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Resolve, 202, 500, SendStatus.Retry, "no")]
    [InlineData(PageKind.Resolve, 500, 400, SendStatus.Retry, "no")]
    [InlineData(PageKind.Resolve, 400, 400, SendStatus.Final, "no")]
    [InlineData(PageKind.Resolve, 403, 202, SendStatus.Delivered, "no")]
    [InlineData(PageKind.Resolve, 400, 403, SendStatus.Refused, "no")]
    public async Task Pagerduty_gets_a_trigger_once_and_a_resolve_with_every_key(PageKind kind, int first, int second, SendStatus ends, string asked)
    {
        answers[New] = first;
        answers[Old] = second;

        var result = await PagerDuty().SendAsync(Pages.Full with { Kind = kind }, CancellationToken.None);

        Assert.Equal(ends, result.Status);
        Assert.Equal(asked, string.Concat(server.Requests.Select(request => KeyOf(request)[0]).Order()));
        Assert.DoesNotContain(New, result.Detail);
        Assert.DoesNotContain(Old, result.Detail);
    }

    [Fact]
    public async Task A_key_that_hangs_does_not_cost_the_other_its_resolve()
    {
        var hung = new TaskCompletionSource();
        server.Answer = context => KeyOf(context.Features.Get<Received>()!) == New ? hung.Task : LoopbackServer.AnswerAsync(context, 202, "");

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PagerDuty().SendAsync(Pages.Full with { Kind = PageKind.Resolve }, patience.Token));
        hung.SetResult();

        Assert.Contains(server.Requests, request => KeyOf(request) == Old);
    }

    [Fact]
    public async Task What_was_reloaded_counts_for_the_next_page()
    {
        var now = new SecretPair(new Secret(Old));
        var channel = new PagerDutyChannel(http, new PagerDutySettings { RoutingKey = new LiveSecret(() => now), Url = server.Url("/v2/enqueue") });

        await channel.SendAsync(Pages.Full, CancellationToken.None);
        now = new SecretPair(new Secret(New), new Secret(Old));
        await channel.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal([Old, New], server.Requests.Select(KeyOf));
    }

    private PagerDutyChannel PagerDuty() => new(http, new PagerDutySettings { RoutingKey = new SecretPair(new Secret(New), new Secret(Old)), Url = server.Url("/v2/enqueue") });

    /// <summary>As unkind as can be: it repeats the secret.</summary>
    private Task Answer(HttpContext context)
    {
        var received = context.Features.Get<Received>()!;
        return LoopbackServer.AnswerAsync(context, answers[KeyOf(received)], KeyOf(received));
    }

    private static string KeyOf(Received request) => (string?)JsonNode.Parse(request.Body)!["routing_key"] ?? "";
}
