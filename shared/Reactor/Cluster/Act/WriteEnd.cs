using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>How one write ended, before the runner adds its times.</summary>
internal sealed record WriteEnd(Outcome Outcome, string Detail, int? Status = null, string? ResourceVersion = null)
{
    /// <summary>The rule for every write; what a 404, 409 or 422 means beyond it, each write says itself.</summary>
    public static WriteEnd Of(Answer answer)
    {
        var outcome = answer switch
        {
            { IsSuccess: true } => Outcome.Done,
            { Fate: Fate.Lost } => Outcome.LostReply,
            { IsTransient: true } => Outcome.Failed,
            { Status: 409 } => Outcome.Conflict,
            _ => Outcome.Refused,
        };
        var version = answer is Answer<ObjectDto> { IsSuccess: true, Value.Metadata.ResourceVersion: var found } ? found : null;
        return new WriteEnd(outcome, answer.Detail, answer.Status, version);
    }

    /// <summary>A 409 of the store's own (optimistic locking), and not one of field managers or of a precondition of ours.</summary>
    public bool IsOnlyLate => Outcome == Outcome.Conflict && Detail.Contains("the object has been modified", StringComparison.Ordinal);

    public static WriteEnd Refused(string why) => new(Outcome.Refused, why);
}
