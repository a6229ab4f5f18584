using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Receivers;

/// <summary>Stand-ins for Slack's incoming webhooks, PagerDuty's Events API and a webhook of one's own on loopback, with a page that shows what arrived.</summary>
public sealed class ReceiverHost : IAsyncDisposable
{
    /// <summary>PagerDuty's limit.</summary>
    private const int LargestEvent = 512 * 1024;

    private readonly WebApplication _app;
    private readonly TimeProvider _time;

    private ReceiverHost(TimeProvider time, int port)
    {
        _time = time;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(Answer);
    }

    public ReceiverLog Log { get; } = new();

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public Uri SlackUrl => new(Address, "slack/incoming");

    public Uri PagerDutyUrl => new(Address, "pagerduty/v2/enqueue");

    public Uri WebhookUrl => new(Address, "webhook");

    public static async Task<ReceiverHost> StartAsync(TimeProvider time, int port = 0)
    {
        var host = new ReceiverHost(time, port);
        try
        {
            await host._app.StartAsync();
        }
        catch (IOException e)
        {
            await host.DisposeAsync();
            throw new InvalidOperationException($"The receivers cannot listen on 127.0.0.1:{port}: the port is in use. Choose another one, or stop what listens there.", e);
        }

        host.Address = new Uri(host._app.Urls.First());
        return host;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Answer(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        switch (context.Request.Method, path)
        {
            case ("GET", "/"):
                await Send(context.Response, 200, "text/html; charset=utf-8", ReceivedPage.Html(Log.All()));
                break;
            case ("GET", "/received.json"):
                await Send(context.Response, 200, "application/json", Json.Line(ReceivedPage.Document(Log.All())));
                break;
            case ("POST", _) when path.StartsWith("/slack/", StringComparison.Ordinal):
                await Receive(context, "slack", path);
                break;
            case ("HEAD", _) when path.StartsWith("/slack/", StringComparison.Ordinal):
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                break;
            case ("POST", "/pagerduty/v2/enqueue"):
                await Receive(context, "pagerduty", path);
                break;
            case ("POST", "/webhook"):
                await Receive(context, "webhook", path);
                break;
            default:
                await Send(context.Response, 404, "text/plain", "no_service");
                break;
        }
    }

    private async Task Receive(HttpContext context, string channel, string path)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var message = Parse(body.ToArray());
        var failure = Log.TakeFailure(channel);
        var (status, type, answer) = failure is not null
            ? (failure.Status, "text/plain", failure.Body)
            : channel switch
            {
                "slack" => Slack(message),
                "pagerduty" => PagerDuty(message, body.Length),
                _ => message is null ? (400, "text/plain", "not JSON") : (200, "text/plain", "taken"),
            };
        if (failure?.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString();
        Log.Add(new ReceivedMessage(_time.GetUtcNow(), channel, path, message, status));
        await Send(context.Response, status, type, answer);
    }

    private static (int Status, string Type, string Body) Slack(JsonObject? message)
    {
        if (message is null)
            return (400, "text/plain", "invalid_payload");
        return message.Text("text") is { Length: > 0 } || message.Array("blocks") is { Count: > 0 and <= 50 } || message.Array("attachments") is { Count: > 0 }
            ? (200, "text/plain", "ok")
            : (400, "text/plain", message.Array("blocks") is null ? "no_text" : "invalid_blocks");
    }

    private static (int Status, string Type, string Body) PagerDuty(JsonObject? message, long size)
    {
        if (size > LargestEvent)
            return (413, "application/json", """{"status":"invalid event","message":"Event object is too large","errors":["Event object is too large"]}""");
        var errors = PagerDutyRules.Errors(message);
        if (errors.Count > 0)
            return (400, "application/json", Json.Line(new JsonObject
            {
                ["status"] = "invalid event",
                ["message"] = "Event object is invalid",
                ["errors"] = new JsonArray([.. errors.Select(e => JsonValue.Create(e))]),
            }));
        return (202, "application/json", Json.Line(new JsonObject
        {
            ["status"] = "success",
            ["message"] = "Event processed",
            ["dedup_key"] = message.Text("dedup_key") ?? $"{SeededRandom.Hash(Json.Line(message)):x16}{SeededRandom.Hash("dedup" + Json.Line(message)):x16}",
        }));
    }

    private static JsonObject? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task Send(HttpResponse to, int status, string type, string text)
    {
        to.StatusCode = status;
        to.ContentType = type;
        await to.WriteAsync(text, to.HttpContext.RequestAborted);
    }
}
