using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

/// <summary>A valid notification with one alert, to be bent in one place.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Now = new(2026, 8, 1, 10, 0, 0, TimeSpan.Zero);

    public static readonly Policy Policy = new() { Cluster = "prod-west" };

    public static string Fixture(string name, string of = "Alerts") =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, of, "fixtures", name + ".json"));

    public static JsonObject Body(Action<JsonObject>? bend = null)
    {
        var body = JsonNode.Parse(Fixture("oscillation-firing"))!.AsObject();
        bend?.Invoke(body);
        return body;
    }

    public static JsonObject WithAlert(Action<JsonObject> bend) => Body(body => bend(body["alerts"]![0]!.AsObject()));

    public static JsonObject WithLabel(string name, JsonNode? value) => WithAlert(alert => alert["labels"]![name] = value);

    public static Reading<ParsedNotification> Parse(string body) => AlertmanagerPayload.Parse(Encoding.UTF8.GetBytes(body), Policy, Now);

    public static ParsedNotification Parsed(JsonNode body) => Parsed(body.ToJsonString());

    public static ParsedNotification Parsed(string body)
    {
        Assert.True(Parse(body).Succeeded(out var notification, out var refusal), refusal?.Detail);
        return notification!;
    }

    public static Refusal Refused(string body)
    {
        Assert.False(Parse(body).Succeeded(out _, out var refusal));
        return refusal!;
    }
}
