using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>A file that is written while it is read: it may be larger than the memory, and take longer than other answers.</summary>
public sealed class ExportFile(string contentType, string name, Func<TextWriter, CancellationToken, Task> write) : IResult
{
    private static readonly UTF8Encoding Plain = new(encoderShouldEmitUTF8Identifier: false);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = contentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await using var text = new StreamWriter(response.Body, Plain, bufferSize: 16 * 1024, leaveOpen: true);
        await write(text, httpContext.RequestAborted);
    }
}
