using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>Reasons that no row of the table shows, each with the test that does.</summary>
internal static class Tests
{
    public static ImmutableSortedDictionary<Reason, string> OfReasons { get; } = ImmutableSortedDictionary<Reason, string>.Empty;
}
