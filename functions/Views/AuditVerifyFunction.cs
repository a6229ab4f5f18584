using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

public sealed record AuditVerifyAnswer
{
    /// <summary>True: every record that was looked at fits.</summary>
    public required bool Ok { get; init; }

    /// <summary>The first thing that does not fit.</summary>
    public string? Fault { get; init; }

    /// <summary>How many records were looked at.</summary>
    public required long Records { get; init; }

    /// <summary>False: there was no time for all. Ask again with from=`at`.</summary>
    public required bool Complete { get; init; }

    /// <summary>The last record that fits, as number:hash.</summary>
    public required string At { get; init; }

    public required string Chain { get; init; }

    /// <summary>The end of the sealed trail, as number:hash. Keep it outside.</summary>
    public required string Head { get; init; }

    /// <summary>The number of the last record: those after the head are sealed within seconds.</summary>
    public required long Last { get; init; }
}

/// <summary>Computes the hash chain of the trail again and says the first thing that does not fit.</summary>
public sealed class AuditVerifyFunction(Door door, IAuditTrail trail, AuditKeeper keeper, RequestTime time)
{
    /// <summary>Leaves time for the answer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    [Function("AuditVerify")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "audit/verify")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            var fields = new QueryFields(request, "from", "head");
            var (from, head) = (Point(fields, "from"), Point(fields, "head"));
            if (fields.Problem is { } problem) return problem;
            await keeper.SealAsync(cancel);
            var began = time.Clock.GetTimestamp();
            var verdict = await AuditVerification.RunAsync(trail, from, head, () => time.Clock.GetElapsedTime(began) < Longest, cancel);
            return Answer.Of(new AuditVerifyAnswer
            {
                Ok = verdict.Fault is null,
                Fault = verdict.Fault,
                Records = verdict.Records,
                Complete = verdict.Complete,
                At = verdict.At.ToString(),
                Chain = verdict.Trail.Chain,
                Head = verdict.Trail.Sealed.ToString(),
                Last = verdict.Trail.Last,
            });
        });

    private static AuditPoint? Point(QueryFields fields, string name)
    {
        if (fields.Line(name) is not { } text) return null;
        if (AuditHash.Parse(text) is { } point) return point;
        fields.Fault($"{name}: expected number:hash, as `head` and `at` of an earlier answer");
        return null;
    }
}
