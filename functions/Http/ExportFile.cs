using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>A file that is written while it is read: it may be larger than the memory, and take longer than other answers.</summary>
public sealed class ExportFile(string contentType, string name, TimeProvider clock, Func<TextWriter, CancellationToken, Task> write) : IResult
{
    /// <summary>Who reads slower gets no more, and sees the broken connection: a reader that never ends would hold its place for ever.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromMinutes(10);

    private static readonly UTF8Encoding Plain = new(encoderShouldEmitUTF8Identifier: false);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = contentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await using var text = new StreamWriter(response.Body, Plain, bufferSize: 16 * 1024, leaveOpen: true);
        using var late = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, late.Token);
        try
        {
            await write(text, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            httpContext.Abort();
        }
    }
}
