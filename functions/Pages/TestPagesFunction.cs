using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor.Functions.Pages;

/// <param name="Status">delivered, retry (may go through later), refused (with this secret) or final (never as it is).</param>
public sealed record TestedChannel(string Channel, SendStatus Status, string Detail, double Seconds);

/// <param name="Recorded">False when the audit trail may not tell of it: the store did not take the record.</param>
public sealed record TestAnswer(ImmutableArray<TestedChannel> Channels, bool Recorded);

/// <summary>Sends a test page on every channel, or on one, and says how each went: before it is needed.</summary>
public sealed class TestPagesFunction(Door door, Bodies bodies, PageDesk desk, Policy policy, IdSource freshId)
{
    private const string Unconfigured = "alert_channels names it, and it is not configured here: it gets no pages";

    [Function("TestPages")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pages/test")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, async (caller, cancel) =>
        {
            if (OrderDesk.HeaderMissing(request) is { } refused) return refused;
            var body = await bodies.ReadOrderAsync(request, OrderPayload.MaxBytes, cancel);
            if (!body.Succeeded(out var bytes, out var refusal) || !PagesOrder.Read(bytes, ofOnePage: false).Succeeded(out var order, out refusal)) return new Problem(refusal);
            var known = desk.Channels.ToList();
            if (order.Channel is { } one && !known.Contains(one))
                return new Problem(new Wire.Refusal(404, "No such channel", $"{Wire.Text.Clean(one, 63)} is not configured here; there is {(known.Count == 0 ? "none" : string.Join(", ", known))}."));
            if (known.Count == 0)
                return new Problem(new Wire.Refusal(409, "No channel", "No channel is configured here: nobody can be paged."));
            var tests = await desk.TestAsync(order, caller.Principal, policy.Cluster, freshId(), cancel);
            var unset = order.Channel is null ? policy.UnconfiguredChannels : [];
            return Answer.Of(new TestAnswer(
                [
                    .. tests.Tests.Select(test => new TestedChannel(test.Channel, test.Status, test.Detail, test.Took.TotalSeconds)),
                    .. unset.Select(name => new TestedChannel(name, SendStatus.Final, Unconfigured, 0)),
                ],
                tests.Recorded));
        });
}
