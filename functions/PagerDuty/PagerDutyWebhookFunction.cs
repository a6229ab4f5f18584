using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.PagerDuty;

/// <summary>What became of an event of PagerDuty.</summary>
public sealed record PagerDutyAnswer(bool Accepted, string Because, string? Incident = null);

/// <summary>
/// An incident acknowledged in PagerDuty is acknowledged here too. PagerDuty shows no key of ours, it signs; so the door is open and the
/// signature decides. Whatever is not for us is a 202 with the reason: PagerDuty repeats after 5xx, and switches a subscription off that fails too often.
/// </summary>
public sealed class PagerDutyWebhookFunction(Door door, LoopAccess loop, LiveSecrets secrets, Policy policy, TimeProvider time, ILogger<PagerDutyWebhookFunction> log)
{
    /// <summary>How long PagerDuty is kept waiting for the run; the timer finishes the rest.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Function("PagerDuty")]
    public Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pagerduty")] HttpRequest request, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, async (_, cancel) =>
        {
            if (secrets.PagerDutyWebhookSecret.Now is null)
                return new Problem(new Refusal(404, "Not taken here", "Pages:PagerDuty:WebhookSecret is not set, so nothing of PagerDuty can be believed."));
            var body = await Body.ReadAsync(request, PagerDutyWebhook.MaxBytes, cancel);
            if (!body.Succeeded(out var bytes, out var refusal)) return new Problem(refusal);
            if (!PagerDutyWebhook.IsSigned(request.Headers[PagerDutyWebhook.SignatureHeader].ToString(), bytes, secrets.PagerDutyWebhookSecret))
            {
                log.LogWarning("An event in PagerDuty's name was refused: no signature of {Header} fits", PagerDutyWebhook.SignatureHeader);
                return new Problem(new Refusal(403, "Signature does not fit", $"Expected {PagerDutyWebhook.SignatureHeader} made with Pages:PagerDuty:WebhookSecret."));
            }

            return PagerDutyWebhook.Read(bytes, policy.Cluster, time.GetUtcNow()).Succeeded(out var news, out refusal)
                ? await TakeAsync(news, cancel)
                : new Problem(refusal);
        });

    private async Task<IResult> TakeAsync(PagerDutyNews news, CancellationToken cancel)
    {
        if (news.Order is not { } order) return Accepted(new PagerDutyAnswer(false, news.Because));
        var acceptance = await loop.Accept([order], Patience, cancel);
        if (!acceptance.Stored) return Problem.Unavailable("Inbox full", "The event was not kept. Send it again.");
        if (acceptance.Undecidable) return KeptOrNot.Undecidable();
        var verdict = acceptance.Verdicts.LastOrDefault(one => one.Key == order.Key);
        return Accepted(verdict is { Accepted: false }
            ? new PagerDutyAnswer(false, verdict.Because)
            : new PagerDutyAnswer(true, verdict is null ? "It is stored and not decided yet." : verdict.Because, order.IncidentId));
    }

    private static IResult Accepted(PagerDutyAnswer answer) => Answer.Of(answer, StatusCodes.Status202Accepted);
}
