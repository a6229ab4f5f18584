using System.Net;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class AccessMatrixTests
{
    [Fact]
    public async Task Every_endpoint_lets_in_exactly_the_roles_of_the_table()
    {
        await using var host = await RunningHost.StartAsync();
        var wrong = new List<string>();
        foreach (var row in RouteTable.Rows.Where(row => row.Method != "timer"))
        {
            foreach (var role in (string[])["nobody", "sender", "viewer", "operator"])
            {
                var path = row.Route.Replace("{id}", "i").Replace("{namespace}", "n").Replace("{name}", "n");
                using var response = await host.SendAsync(row.Method, path, role == "nobody" ? null : role);
                var expected = row.May.Contains(role) ? "in" : role == "nobody" ? "401" : "403";
                var found = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                    ? $"{(int)response.StatusCode}"
                    : "in";
                if (found != expected) wrong.Add($"{row.Name} for {role}: {found}, expected {expected}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Who_shows_no_key_is_told_how_to_and_who_may_not_is_told_who_it_is()
    {
        await using var host = await RunningHost.StartAsync();

        using var nobody = await host.SendAsync("GET", "breakers", null);
        using var sender = await host.SendAsync("GET", "breakers", "sender");

        Assert.StartsWith("Bearer", nobody.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal("application/problem+json", nobody.Content.Headers.ContentType?.MediaType);
        Assert.Contains("key:sender#1", (string?)(await RunningHost.JsonOf(sender))["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization", "Bearer the-key-of-the-viewer")]
    [InlineData("Authorization", "Basic YTp0aGUta2V5LW9mLXRoZS12aWV3ZXI=")]
    public async Task A_key_may_come_as_Alertmanager_and_Prometheus_send_it(string header, string value)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("GET", "metrics", null, bend: request => request.Headers.Add(header, value));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_key_in_the_query_works_and_no_key_is_ever_logged()
    {
        await using var host = await RunningHost.StartAsync();

        using var right = await host.SendAsync("GET", $"incidents?code={RunningHost.KeyOf("viewer")}", null);
        using var wrong = await host.SendAsync("GET", "incidents?code=a-wrong-guess-at-it", null);
        host.Loop.Throw = () => new InvalidOperationException("bug");
        using var failed = await host.SendAsync("POST", $"incidents/i/ack?code={RunningHost.KeyOf("operator")}", null, """{"reason":"r","by":"b"}""");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.InternalServerError),
            (right.StatusCode, wrong.StatusCode, failed.StatusCode));
        Assert.Contains(host.Log, line => line.Contains("bug", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log, line => line.Contains("the-key-of", StringComparison.Ordinal)
            || line.Contains("a-wrong-guess", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forged_platform_principal_is_nobody()
    {
        await using var host = await RunningHost.StartAsync();
        var principal = Convert.ToBase64String("""{"role_typ":"roles","claims":[{"typ":"roles","val":"reactor.operator"}]}"""u8);

        using var response = await host.SendAsync(
            "GET", "breakers", null, bend: request => request.Headers.Add("X-MS-CLIENT-PRINCIPAL", principal));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task With_Insecure_everyone_on_this_machine_may_and_no_foreign_name_reaches_it()
    {
        await using var host = await RunningHost.StartAsync(new() { ["Insecure"] = "true" });

        using var near = await host.SendAsync("GET", "breakers", null);
        using var rebound = await host.SendAsync("GET", "breakers", null, bend: request => request.Headers.Host = "evil.example.org");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (near.StatusCode, rebound.StatusCode));
    }
}
