using System.Text;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Confirm;

/// <summary>What a link in a page opens: a form for one order about one incident. It asks nobody anything and shows what the link held.</summary>
public sealed class ConfirmFunction(Door door)
{
    private const int LongestId = 100;

    [Function("Confirm")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "confirm/{order}")] HttpRequest request, string order, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, (_, _) =>
        {
            var fields = new QueryFields(request, "incident");
            var incident = fields.Line("incident");
            if (incident is null || incident.Length > LongestId || !incident.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
                fields.Fault("incident: expected an incident's id of letters, digits and '-'");
            if (!ConfirmPage.Orders.TryGetValue(order, out var confirmable))
                return Task.FromResult<IResult>(new Problem(new Refusal(404, "No such order", $"Expected one of {string.Join(", ", ConfirmPage.Orders.Keys)}.")));
            if (fields.Problem is { } problem) return Task.FromResult<IResult>(problem);
            var headers = request.HttpContext.Response.Headers;
            headers.ContentSecurityPolicy = ConfirmPage.ContentSecurityPolicy;
            headers["Referrer-Policy"] = "no-referrer";
            return Task.FromResult(Results.Text(ConfirmPage.Html(confirmable, incident!), "text/html", Encoding.UTF8));
        });
}
