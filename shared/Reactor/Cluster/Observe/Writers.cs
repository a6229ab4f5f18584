using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Who wrote an object, by its managedFields.</summary>
internal static class Writers
{
    /// <summary>
    /// Who said to which Service an APIService leads. KEDA's operator writes its certificate into the same spec, whosever it is: it is named only
    /// where nobody else is.
    /// </summary>
    public static FieldWriter? OfService(ObjectDto found) => Last(found, m => m.FieldsV1?.Spec?.Service is not null) ?? OfObject(found);

    /// <summary>Who wrote anything but the status last.</summary>
    public static FieldWriter? OfObject(ObjectDto found) => Last(found, _ => true);

    private static FieldWriter? Last(ObjectDto found, Func<ManagedFieldsDto, bool> that) => (found.Metadata?.ManagedFields ?? [])
        .Where(m => m is { Time: not null, Subresource: null or "", Manager.Length: > 0 } && that(m))
        .MaxBy(m => m!.Time) is { } last
            ? new FieldWriter(last.Manager!, last.Time!.Value)
            : null;
}
