using System.Net;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class TwoTokensTests
{
    private readonly Server _server = new("old");
    private SecretPair _tokens = new(new Secret("new"), new Secret("old"));

    [Fact]
    public async Task The_first_is_used_while_it_is_taken()
    {
        _server.Takes = ["new", "old"];
        using var client = Client();

        Assert.Equal((200, 200), (await GetAsync(client), await GetAsync(client)));

        Assert.Equal(["new", "new"], _server.Seen);
    }

    [Fact]
    public async Task One_that_is_refused_costs_no_request_and_the_other_is_remembered_until_it_is_refused_too()
    {
        using var client = Client();

        Assert.Equal((200, 200), (await GetAsync(client), await GetAsync(client)));
        _server.Takes = ["new"];
        Assert.Equal((200, 200), (await GetAsync(client), await GetAsync(client)));

        Assert.Equal(["new", "old", "old", "old", "new", "new"], _server.Seen);
    }

    [Fact]
    public async Task A_body_goes_along_again()
    {
        using var client = Client();

        using var answer = await client.PostAsync("x", new StringContent("the body"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["the body", "the body"], _server.Bodies);
    }

    [Fact]
    public async Task A_new_pair_begins_with_its_first_at_the_next_request()
    {
        using var client = Client();
        await GetAsync(client);
        _server.Takes = ["newest"];
        _tokens = new SecretPair(new Secret("newest"), new Secret("old"));

        Assert.Equal(200, await GetAsync(client));

        Assert.Equal(["new", "old", "newest"], _server.Seen);
    }

    [Fact]
    public async Task Two_that_are_refused_are_one_401()
    {
        _server.Takes = [];
        using var client = Client();

        Assert.Equal(401, await GetAsync(client));

        Assert.Equal(["new", "old"], _server.Seen);
    }

    [Fact]
    public void The_connection_shows_no_token_of_either_kind() =>
        Assert.DoesNotContain("hunter2", new ClusterConnection { Server = new Uri("https://host"), Token = "hunter2" }.ToString());

    private HttpClient Client() => new ClusterConnection { Server = new Uri("https://host"), Token = new LiveSecret(() => _tokens) }.Connect(TimeProvider.System, _server);

    private static async Task<int> GetAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("x");
        return (int)answer.StatusCode;
    }

    private sealed class Server(params string[] takes) : HttpMessageHandler
    {
        public string[] Takes { get; set; } = takes;

        public List<string> Seen { get; } = [];

        public List<string> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var token = request.Headers.Authorization!.Parameter!;
            Seen.Add(token);
            if (request.Content is not null) Bodies.Add(await request.Content.ReadAsStringAsync(cancellationToken));
            return new HttpResponseMessage(Takes.Contains(token) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        }
    }
}
