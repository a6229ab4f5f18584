using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Cluster;

internal static class LabelReader
{
    public static ImmutableSortedDictionary<string, string> Of(ObjectDto labelled) => (labelled.Metadata?.Labels ?? [])
        .ToImmutableSortedDictionary(label => label.Key, label => label.Value ?? "", StringComparer.Ordinal);
}
