using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>Reads and writes the status of ScaledObjects. Conditions carry no transition time (measured).</summary>
public sealed class KedaStatus
{
    public const string By = "keda";
    private static readonly string[] Order = ["Ready", "Active", "Fallback", "Paused", "HPAActive"];
    private readonly ObjectStore _store;
    private readonly Agenda _agenda;

    public KedaStatus(ObjectStore store, Agenda agenda) => (_store, _agenda) = (store, agenda);

    public static JsonObject? Condition(StoredObject scaledObject, string type) =>
        scaledObject.Status.Array("conditions")?.FirstOrDefault(c => c.Text("type") == type) as JsonObject;

    public static bool Is(StoredObject scaledObject, string type) => Condition(scaledObject, type).Text("status") == "True";

    /// <summary>Changes the status, and writes it only when that made a difference.</summary>
    public void Change(StoredObject scaledObject, Action<JsonObject> change)
    {
        if (scaledObject.Gone)
            return;
        var before = scaledObject.Status;
        var after = before?.Copy() ?? [];
        change(after);
        if (!Json.Same(before, after))
            _store.UpdateStatus(scaledObject, d =>
            {
                d["status"] = Json.Sorted(after);
                ManagedFields.RecordStatus(scaledObject.Resource, d, before, after, By, _agenda.Now);
            }, By);
    }

    public void Set(StoredObject scaledObject, string type, string status, string? reason = null, string? message = null)
    {
        var now = Condition(scaledObject, type);
        if (now.Text("status") != status || now.Text("reason") != reason || now.Text("message") != message)
            Change(scaledObject, s => Put(s, type, status, reason, message));
    }

    public static void Put(JsonObject status, string type, string value, string? reason = null, string? message = null)
    {
        var made = new JsonObject();
        if (message is not null)
            made["message"] = message;
        if (reason is not null)
            made["reason"] = reason;
        made["status"] = value;
        made["type"] = type;
        var rest = (status.Array("conditions") ?? []).Where(c => c.Text("type") != type).Select(c => c!.DeepClone()).Append(made);
        status["conditions"] = new JsonArray([.. rest.OrderBy(c => Array.IndexOf(Order, c.Text("type")))]);
    }

    public static void Ready(JsonObject status, bool paused) => Put(status, "Ready", "True", "ScaledObjectReady",
        paused ? "ScaledObject is paused" : "ScaledObject is defined correctly and is ready for scaling");

    public static void NoFallback(JsonObject status) => Put(status, "Fallback", "False", "NoFallbackFound", "No fallbacks are active on this scaled object");

    public static void Active(JsonObject status, bool active) => Put(status, "Active", active ? "True" : "False",
        active ? "ScalerActive" : "ScalerNotActive",
        active ? "Scaling is performed because triggers are active" : "Scaling is not performed because triggers are not active");

    public static void Health(JsonObject status, string metric, int failures, bool failing) => status.Ensure("health")[metric] = new JsonObject
    {
        ["numberOfFailures"] = failures,
        ["status"] = failing ? "Failing" : "Happy",
    };
}
