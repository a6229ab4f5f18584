using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.AnyHost;

[Collection(AnyHostGroup.Name)]
public sealed class RouteAnswerTests(HostUnderTest host)
{
    private const string Word = """{"reason":"the test says so","by":"ana"}""";

    /// <summary>What a caller who may gets, whatever else goes on: nothing here changes anything.</summary>
    private static readonly Dictionary<string, (int Status, string? Body)> Answers = new(StringComparer.Ordinal)
    {
        ["Ack"] = (404, Word),
        ["Alerts"] = (202, AlertBody.Of(AlertBody.Firing("AnAlertOfSomebodyElse", "a0e2", TimeProvider.System.GetUtcNow()))),
        ["Audit"] = (200, null),
        ["AzureMonitor"] = (400, "{}"),
        ["Breaker"] = (200, null),
        ["Breakers"] = (200, null),
        ["Confirm"] = (404, null),
        ["EndMaintenance"] = (404, Word),
        ["Events"] = (202, "{}"),
        ["EventsHandshake"] = (400, null),
        ["Health"] = (200, null),
        ["Hold"] = (404, Word),
        ["Incident"] = (404, null),
        ["Incidents"] = (200, null),
        ["KillSwitch"] = (409, """{"state":"off","reason":"it is off","by":"ana"}"""),
        ["Live"] = (200, null),
        ["Maintenance"] = (200, null),
        ["Metrics"] = (200, null),
        ["Pages"] = (200, null),
        ["Ready"] = (200, null),
        ["Release"] = (404, Word),
        ["ResendPages"] = (404, """{"page":"no-such-page","reason":"r","by":"ana"}"""),
        ["Reset"] = (404, """{"scope":"target","namespace":"sophia-mesh","name":"nobody-knows-it","mode":"gradual","reason":"r","by":"ana"}"""),
        ["StartMaintenance"] = (404, """{"scope":"target","namespace":"sophia-mesh","name":"nobody-knows-it","duration":"1m","reason":"r","by":"ana"}"""),
        ["TestPages"] = (404, """{"channel":"no-such-channel","reason":"r","by":"ana"}"""),
        ["Trip"] = (404, """{"scope":"target","namespace":"sophia-mesh","name":"nobody-knows-it","reason":"r","by":"ana"}"""),
        ["Why"] = (200, null),
    };

    [AnyHostFact]
    public async Task Every_route_of_the_table_is_served_and_answers_each_role_as_every_host_does()
    {
        // Views need one look at the cluster.
        await host.UntilAsync("a first look", async () => (await host.GetAsync("breakers/sophia-mesh/sophia-ai-services")).Status == 200);
        var wrong = new List<string>();
        foreach (var row in RouteTable.Rows.Where(row => row.Method != "timer"))
        {
            Assert.True(Answers.TryGetValue(row.Name, out var answer), $"{row.Name} is in routes.txt; say here what it answers");
            var path = row.Route.Replace("{id}", "no-such-incident").Replace("{namespace}", "sophia-mesh").Replace("{name}", "sophia-ai-services");
            foreach (var role in (string[])["nobody", "sender", "viewer", "operator"])
            {
                var reply = await host.SendAsync(new HttpMethod(row.Method), path, role == "nobody" ? null : role, answer.Body);
                var expected = row.May.Contains(role) ? answer.Status : role == "nobody" ? 401 : 403;
                if (reply.Status != expected) wrong.Add($"{row.Name} for {role}: {reply.Status}, expected {expected}: {reply.Text}");
            }
        }

        Assert.Empty(wrong);
    }

    [AnyHostFact]
    public async Task A_key_of_the_platform_alone_opens_nothing()
    {
        var stranger = await host.SendAsync(HttpMethod.Get, "breakers?code=a-key-of-the-platform", role: null, body: null);

        Assert.Equal(401, stranger.Status);
    }
}
