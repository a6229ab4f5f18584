using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor;

/// <summary>What became of accepted signals as far as it is known within the caller's patience.</summary>
/// <param name="Stored">False when the inbox is full: nothing of it was kept.</param>
/// <param name="Verdicts">One for each signal that was decided in time; a missing one is still undecided.</param>
/// <param name="Elsewhere">Keys of alerts that another instance has decided on: the audit trail says how.</param>
public sealed record Acceptance(bool Stored, ImmutableArray<Verdict> Verdicts, ImmutableArray<string> Elsewhere)
{
    /// <summary>True when something was stored and the store failed since: whether it was decided is not known, and no run decides before the store can be used.</summary>
    public bool Undecidable { get; init; }
}
