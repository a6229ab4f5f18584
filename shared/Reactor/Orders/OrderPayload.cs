using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Orders;

/// <summary>Who sends an order, when, and the id it gets when it brings none.</summary>
public sealed record OrderContext(string Principal, DateTimeOffset Now, string FreshId);

/// <summary>
/// Orders by humans: JSON bodies → orders. Members that we do not know are refused: a typo must not change what an order
/// means.
/// </summary>
public static partial class OrderPayload
{
    public const int MaxBytes = 64 * 1024;

    private const int LongestReason = 500;
    private const int LongestName = 100;
    private const int MostReplicas = 10_000;
    private static readonly TimeSpan LongestTrip = TimeSpan.FromDays(30);

    public static Reading<TripOrder> Trip(ReadOnlyMemory<byte> body, OrderContext context) => Read<TripOrder>(
        body,
        ["scope", "namespace", "name", "reason", "by", "action", "replicas", "min", "duration", "hold", "requestId"],
        fields =>
        {
            var selection = SelectionOf(fields);
            var (action, replicas) = (fields.Word<FallbackAction>("action", required: false), fields.Number("replicas", 1, MostReplicas));
            if (action == FallbackAction.Replicas && replicas is null) fields.Fault("replicas: missing; action replicas needs it");
            if (action is FallbackAction.Cpu or FallbackAction.Freeze && replicas is not null) fields.Fault("replicas: only goes with action replicas");
            var min = fields.Number("min", 1, MostReplicas);
            if (min is not null && replicas is not null) fields.Fault("min, replicas: contradict each other: replicas is a fixed number, min the least of an HPA");
            if (min is not null && action is FallbackAction.Freeze or FallbackAction.Replicas) fields.Fault("min: only goes with action cpu");
            var (duration, hold) = (DurationOf(fields), fields.Flag("hold"));
            if (duration is not null && hold) fields.Fault("duration, hold: contradict each other: a held trip does not end by itself");
            var common = CommonOf(fields, context);
            return new TripOrder
            {
                Key = common.Key,
                ReceivedAt = context.Now,
                RequestId = common.RequestId,
                Reason = common.Reason,
                By = common.By,
                Principal = context.Principal,
                Selection = selection,
                Action = replicas is null ? action : FallbackAction.Replicas,
                Replicas = replicas,
                Min = min,
                Duration = duration,
                Hold = hold,
            };
        });

    /// <summary>What a reset may name: an incident too, since others may hold the same targets.</summary>
    private enum ResetScope
    {
        Target,
        Namespace,
        Cluster,
        Incident,
    }

    public static Reading<Order> Reset(ReadOnlyMemory<byte> body, OrderContext context) => Read<Order>(
        body,
        ["scope", "namespace", "name", "incident", "mode", "reason", "by", "requestId"],
        fields =>
        {
            var scope = fields.Word<ResetScope>("scope", required: true);
            var incident = fields.Line("incident", LongestName, required: scope == ResetScope.Incident);
            if (incident is not null && scope is not (null or ResetScope.Incident))
                fields.Fault($"incident: contradicts scope {scope.ToString()!.ToLowerInvariant()}");
            var selection = SelectionOf(fields, scope switch
            {
                ResetScope.Target => Scope.Target,
                ResetScope.Namespace => Scope.Namespace,
                ResetScope.Cluster or ResetScope.Incident => Scope.Cluster,
                _ => null,
            }, $"{scope}");
            var (mode, common) = (fields.Word<ResetMode>("mode", required: true), CommonOf(fields, context));
            if (scope == ResetScope.Incident)
            {
                return new IncidentResetOrder
                {
                    Key = common.Key,
                    ReceivedAt = context.Now,
                    RequestId = common.RequestId,
                    Reason = common.Reason,
                    By = common.By,
                    Principal = context.Principal,
                    IncidentId = incident ?? "",
                    Mode = mode ?? ResetMode.Gradual,
                };
            }

            return new ResetOrder
            {
                Key = common.Key,
                ReceivedAt = context.Now,
                RequestId = common.RequestId,
                Reason = common.Reason,
                By = common.By,
                Principal = context.Principal,
                Selection = selection,
                Mode = mode ?? ResetMode.Gradual,
            };
        });

    public static Reading<IncidentOrder> Incident(ReadOnlyMemory<byte> body, string incident, IncidentOrderKind kind, OrderContext context) =>
        Read<IncidentOrder>(
        body,
        ["reason", "by", "requestId"],
        fields =>
        {
            if (incident.Length > LongestName || Text.HasControl(incident)) fields.Fault("id: this is no incident's id");
            var common = CommonOf(fields, context);
            return new IncidentOrder
            {
                Key = common.Key,
                ReceivedAt = context.Now,
                RequestId = common.RequestId,
                Reason = common.Reason,
                By = common.By,
                Principal = context.Principal,
                IncidentId = incident,
                Kind = kind,
            };
        });

    private static Reading<T> Read<T>(ReadOnlyMemory<byte> body, string[] known, Func<OrderFields, T> make)
        where T : Order
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return new Refusal(400, "Not an order", $"Expected a JSON object with {string.Join(", ", known)}.");
            var fields = new OrderFields(document.RootElement, known);
            var order = make(fields);
            return fields.Faults.IsEmpty
                ? order
                : new Refusal(400, "Order not understood",
                    "Nothing was done. Mend what `errors` lists and send it again.") { Errors = fields.Faults };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or half a surrogate pair.
            return new Refusal(400, "Not JSON", $"The body can't be read as JSON: {Text.Clean(fault.Message, 300)}");
        }
    }

    private static Selection SelectionOf(OrderFields fields)
    {
        var scope = fields.Word<Scope>("scope", required: true);
        return SelectionOf(fields, scope, $"{scope}");
    }

    private static Selection SelectionOf(OrderFields fields, Scope? scope, string called)
    {
        var space = fields.Line("namespace", 63, required: scope is Scope.Target or Scope.Namespace);
        var name = fields.Line("name", 253, required: scope is Scope.Target);
        if (scope == Scope.Cluster && space is not null) fields.Fault($"namespace: contradicts scope {called.ToLowerInvariant()}");
        if (scope is Scope.Cluster or Scope.Namespace && name is not null)
            fields.Fault($"name: contradicts scope {called.ToLowerInvariant()}");
        if (space is not null && !KubernetesName.IsNamespace(space))
            fields.Fault("namespace: no Kubernetes namespace name (lower case letters, digits, -)");
        if (name is not null && !KubernetesName.IsName(name))
            fields.Fault("name: no Kubernetes object name (lower case letters, digits, -, .)");
        return new Selection(scope ?? Scope.Target, space, name);
    }

    private static TimeSpan? DurationOf(OrderFields fields)
    {
        if (fields.Line("duration", 40, required: false) is not { } text) return null;
        if (Duration.TryParse(text, out var duration) && duration <= LongestTrip) return duration;
        fields.Fault($"duration: found \"{text}\"; expected one like 90s, 15m, 1h30m, at most {LongestTrip.TotalDays}d");
        return null;
    }

    private static (string Key, string RequestId, string Reason, string By) CommonOf(OrderFields fields, OrderContext context)
    {
        var reason = fields.Line("reason", LongestReason, required: true) ?? "";
        var by = fields.Line("by", LongestName, required: true) ?? "";
        var requestId = fields.Line("requestId", LongestName, required: false) ?? context.FreshId;
        return ($"order/{requestId}", requestId, reason, by);
    }
}
