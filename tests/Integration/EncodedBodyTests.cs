using System.IO.Compression;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class EncodedBodyTests
{
    /// <summary>Those that read a body of a caller with a key.</summary>
    public static TheoryData<string> Routes => [.. RouteTable.Rows.Where(row => row.Method == "POST" && !row.May.Contains("nobody")).Select(row => row.Route)];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_packed_body_is_refused_with_what_is_taken(string route)
    {
        await using var host = await RunningHost.StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            await gzip.WriteAsync("""{"version":"4","alerts":[],"scope":"cluster"}"""u8.ToArray());

        using var response = await host.SendAsync("POST", route.Replace("{id}", "i"), "operator", bend: request =>
        {
            request.Content = new ByteArrayContent(packed.ToArray());
            request.Content.Headers.ContentType = new("application/json");
            request.Content.Headers.ContentEncoding.Add("gzip");
        });

        Assert.Equal(415, (int)response.StatusCode);
        var problem = await RunningHost.JsonOf(response);
        Assert.Equal("Packed body", (string?)problem["title"]);
        Assert.Contains("\"gzip\"", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Contains("as it is", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal("identity", response.Headers.TryGetValues("Accept-Encoding", out var taken) ? string.Join(',', taken) : null);
    }

    [Fact]
    public async Task A_body_that_says_it_is_as_it_is_is_read()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", "kill-switch", "operator", "{}", request => request.Content!.Headers.ContentEncoding.Add("identity"));

        Assert.Equal(400, (int)response.StatusCode);
    }
}
