using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <param name="At">When it came, by the machine's clock.</param>
internal sealed record Notification(DateTimeOffset At, string Headers, string Body, int AnsweredWith, string Answer);

/// <summary>Stands before the reactor and keeps what Alertmanager sends, with the answer that it got.</summary>
internal sealed class NotificationRecorder : IStartupFilter
{
    private readonly ConcurrentQueue<Notification> _kept = new();

    public IReadOnlyList<Notification> All => [.. _kept];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RecordAsync);
        next(app);
    };

    private async Task RecordAsync(HttpContext context, Func<Task> next)
    {
        if (!context.Request.Headers.UserAgent.ToString().StartsWith("Alertmanager", StringComparison.Ordinal))
        {
            await next();
            return;
        }

        var at = TimeProvider.System.GetUtcNow();
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        body.Position = 0;
        context.Request.Body = body;
        var (original, answer) = (context.Response.Body, new MemoryStream());
        context.Response.Body = answer;
        await next();
        context.Response.Body = original;
        await original.WriteAsync(answer.ToArray());
        var headers = string.Join('\n', context.Request.Headers
            .Select(header => $"{header.Key}: {(header.Key == "Authorization" ? "Bearer …" : header.Value.ToString())}"));
        _kept.Enqueue(new Notification(
            at, headers, Encoding.UTF8.GetString(body.ToArray()), context.Response.StatusCode, Encoding.UTF8.GetString(answer.ToArray())));
    }
}
