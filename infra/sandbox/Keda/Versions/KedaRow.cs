using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Keda.Versions;

/// <summary>What one release does.</summary>
/// <param name="Holds">Null: unknown; the sandbox then plays what was measured.</param>
/// <param name="Source">
/// Where that is known from: an issue or pull request of KEDA (#…), its source at that release's tag, or "measured" (on a development version
/// after 2.20 and before 2.20.2).
/// </param>
public sealed record KedaCell(bool? Holds, string Source);

/// <summary>One row: a behaviour, and a cell for each of <see cref="KedaTable.Versions"/>.</summary>
public sealed record KedaRow(KedaTrait Trait, string Means, ImmutableArray<KedaCell> Cells);
