using System.Net;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class LiveTokenTests
{
    [Fact]
    public async Task A_new_token_counts_at_the_next_request_and_the_old_one_is_shown_no_more()
    {
        var (server, now) = (new Server(), new SecretPair(new Secret("old")));
        using var client = new ClusterConnection { Server = new Uri("https://host"), Token = new LiveSecret(() => now) }.Connect(TimeProvider.System, server);

        using var before = await client.GetAsync("x");
        now = new SecretPair(new Secret("new"));
        using var after = await client.GetAsync("x");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (before.StatusCode, after.StatusCode));
        Assert.Equal(["old", "new"], server.Seen);
    }

    [Fact]
    public void The_connection_shows_no_token_of_either_kind() =>
        Assert.DoesNotContain("hunter2", new ClusterConnection { Server = new Uri("https://host"), Token = "hunter2" }.ToString());

    /// <summary>Takes the new one only.</summary>
    private sealed class Server : HttpMessageHandler
    {
        public List<string> Seen { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add(request.Headers.Authorization!.Parameter!);
            return Task.FromResult(new HttpResponseMessage(Seen[^1] == "new" ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
        }
    }
}
