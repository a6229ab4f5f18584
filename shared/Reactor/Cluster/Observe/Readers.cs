using System.Collections.Immutable;
using System.Globalization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Cluster;

internal static class AnnotationReader
{
    /// <summary>KEDA's annotations and ours: what others write is none of our business, and may be large.</summary>
    public static ImmutableSortedDictionary<string, string> Ours(Dictionary<string, string?>? annotations) =>
        (annotations ?? [])
            .Where(a => a.Key.StartsWith(Annotations.KedaPrefix, StringComparison.Ordinal) || a.Key.StartsWith(Annotations.Prefix, StringComparison.Ordinal))
            .ToImmutableSortedDictionary(a => a.Key, a => a.Value ?? "", StringComparer.Ordinal);
}

internal static class Conditions
{
    public static ConditionView? Find(List<ConditionDto?>? conditions, string type) =>
        conditions?.FirstOrDefault(c => c?.Type == type) is { } found
            ? new ConditionView(Cut(found.Status ?? "Unknown"), Cut(found.Reason ?? ""), Cut(found.Message ?? ""))
            : null;

    private static string Cut(string text) => text.Length <= ApiBounds.LongestMessage ? text : string.Concat(text.AsSpan(0, ApiBounds.LongestMessage - 1), "…");
}

internal static class WorkloadReader
{
    private const int LongestManager = 60;

    public static WorkloadView Read(WorkloadDto workload)
    {
        var pod = workload.Spec?.Template?.Spec;

        // An init container that is restarted for ever is a sidecar: the HPA asks for its CPU request like any other's.
        var sidecars = (pod?.InitContainers ?? []).Where(c => c?.RestartPolicy == "Always");
        return new WorkloadView
        {
            // An absent spec.replicas means 1.
            Desired = workload.Spec?.Replicas ?? 1,
            Available = workload.Status?.AvailableReplicas ?? 0,
            SetBy = SetBy(workload),
            ResourceVersion = workload.Metadata?.ResourceVersion ?? "",
            Containers = [.. (pod?.Containers ?? []).Concat(sidecars).OfType<ContainerDto>().Select(c => new ContainerView(c.Name ?? "", AsksForCpu(c.Resources)))],
        };
    }

    // Whoever changes a field takes it from all others; who applies the same value shares it, and then the latest has said so last.
    private static FieldWriter? SetBy(WorkloadDto workload) => (workload.Metadata?.ManagedFields ?? [])
        .Where(m => m is { Manager.Length: > 0, Time: not null, FieldsV1.Spec.Replicas: not null })
        .MaxBy(m => m!.Time) is { } last
            ? new FieldWriter(Text.Clean(last.Manager!, LongestManager), last.Time!.Value)
            : null;

    // A pod with a limit and no request gets its limit as request when it is made; the template does not show that.
    private static bool AsksForCpu(ResourcesDto? resources) =>
        resources?.Requests?.Cpu is { } request ? !IsZero(request) : resources?.Limits?.Cpu is { } limit && !IsZero(limit);

    private static bool IsZero(string quantity) => quantity.TrimEnd('m', 'u', 'n') is var number && number.All(c => c is '0' or '.');
}

internal static class RescaleReader
{
    private const string Before = "New size: ";

    /// <summary>Null when the message does not say the size ("New size: 3; reason: …").</summary>
    public static RescaleEvent? Read(EventDto happened)
    {
        var message = happened.Message ?? "";
        if (!message.StartsWith(Before, StringComparison.Ordinal))
            return null;
        var end = message.IndexOf(';', Before.Length);
        if (!int.TryParse(message.AsSpan()[Before.Length..(end < 0 ? message.Length : end)], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            return null;

        var first = happened.FirstTimestamp ?? happened.EventTime ?? happened.Metadata?.CreationTimestamp ?? DateTimeOffset.UnixEpoch;
        return new RescaleEvent
        {
            EventName = happened.Name,
            Size = size,
            Count = Math.Max(1, happened.Series?.Count ?? happened.Count ?? 1),
            First = first,
            Last = happened.Series?.LastObservedTime ?? happened.LastTimestamp ?? first,
        };
    }
}
