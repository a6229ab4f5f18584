using System.Net;
using Sophia.Keda.Reactor.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class IdentityTokenTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Network _network = new();
    private readonly HttpClient _client;
    private Func<BearerToken> _provider;
    private int _asked;

    public IdentityTokenTests()
    {
        _provider = () => Token("one", TimeSpan.FromHours(1));
        var connection = new ClusterConnection
        {
            Server = new Uri("https://host"),
            Identity = _ =>
            {
                _asked++;
                return ValueTask.FromResult(_provider());
            },
        };
        _client = connection.Connect(_time, _network);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task One_token_serves_many_requests_until_five_minutes_before_its_end()
    {
        await SendAsync(10);
        _provider = () => Token("two", TimeSpan.FromHours(1));
        _time.Advance(TimeSpan.FromMinutes(55) - TimeSpan.FromSeconds(1));
        await SendAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await SendAsync();

        Assert.Equal(2, _asked);
        Assert.Equal(["one", "two"], _network.Tokens.Distinct());
        Assert.Equal(11, _network.Tokens.Count(token => token == "one"));
    }

    [Fact]
    public async Task It_is_renewed_when_the_provider_wants_it_renewed()
    {
        _provider = () => Token("one", TimeSpan.FromHours(24)) with { RefreshOn = _time.GetUtcNow() + TimeSpan.FromHours(12) };
        await SendAsync();
        _provider = () => Token("two", TimeSpan.FromHours(24));
        _time.Advance(TimeSpan.FromHours(12));
        await SendAsync();

        Assert.Equal(["one", "two"], _network.Tokens);
    }

    [Fact]
    public async Task Many_requests_at_once_ask_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SendAsync()));

        Assert.Equal((1, 50), (_asked, _network.Tokens.Count));
    }

    [Fact]
    public async Task A_provider_that_fails_costs_nothing_while_the_token_is_valid_and_is_asked_again_every_half_minute()
    {
        await SendAsync();
        _provider = () => throw new InvalidOperationException("the provider is away");
        _time.Advance(TimeSpan.FromMinutes(56));
        await SendAsync(5);
        Assert.Equal(2, _asked);

        _time.Advance(TimeSpan.FromSeconds(30));
        _provider = () => Token("two", TimeSpan.FromHours(1));
        await SendAsync();
        Assert.Equal((3, "two"), (_asked, _network.Tokens[^1]));
    }

    [Fact]
    public async Task Without_any_valid_token_nothing_is_sent_and_the_fault_says_why()
    {
        _provider = () => throw new InvalidOperationException("the provider is away");
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync());
        Assert.Equal((HttpRequestError.UserAuthenticationError, "no token for the cluster: the provider is away"), (fault.HttpRequestError, fault.Message));

        _provider = () => Token("old", TimeSpan.Zero);
        Assert.Contains("no token that is valid now", (await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync())).Message);
        Assert.Empty(_network.Tokens);
    }

    [Fact]
    public async Task A_token_that_ended_while_the_provider_was_away_is_not_sent()
    {
        await SendAsync();
        _provider = () => throw new InvalidOperationException("the provider is away");
        _time.Advance(TimeSpan.FromHours(1));

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync());
        Assert.Equal(["one"], _network.Tokens);
    }

    [Fact]
    public async Task A_token_that_the_server_refuses_is_replaced_by_the_next_request()
    {
        await SendAsync();
        _network.Status = HttpStatusCode.Unauthorized;
        await SendAsync();
        _provider = () => Token("two", TimeSpan.FromHours(1));
        _network.Status = HttpStatusCode.OK;
        await SendAsync();

        Assert.Equal(["one", "one", "two"], _network.Tokens);
    }

    [Fact]
    public async Task A_short_token_is_not_asked_for_at_every_request()
    {
        _provider = () => Token("one", TimeSpan.FromMinutes(2));
        await SendAsync(5);
        _time.Advance(TimeSpan.FromSeconds(30));
        await SendAsync();

        Assert.Equal(2, _asked);
    }

    [Fact]
    public void A_token_never_shows_itself() => Assert.DoesNotContain("one", Token("one", TimeSpan.FromHours(1)).ToString());

    private BearerToken Token(string text, TimeSpan lasts) => new(text, _time.GetUtcNow() + lasts);

    private async Task SendAsync(int times)
    {
        for (var left = times; left > 0; left--)
            await SendAsync();
    }

    private async Task SendAsync() => (await _client.GetAsync("x")).Dispose();

    private sealed class Network : HttpMessageHandler
    {
        private readonly Lock _gate = new();

        public List<string> Tokens { get; } = [];

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (_gate)
                Tokens.Add(request.Headers.Authorization!.Parameter!);
            return Task.FromResult(new HttpResponseMessage(Status));
        }
    }
}
