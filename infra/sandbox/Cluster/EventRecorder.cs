using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>
/// Events as client-go's correlator leaves them: equal messages are one object whose count and last timestamp grow (measured),
/// and after ten different messages of one reason within ten minutes the rest is "(combined from similar events)".
/// </summary>
public sealed class EventRecorder
{
    private const int MessagesBeforeCombining = 10;
    private const int SpamBurst = 25;
    private static readonly TimeSpan CombiningWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SpamRefill = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly bool _spamFilter;
    private readonly Dictionary<(string Component, string Uid, string Reason, string Message), StoredObject> _open = [];
    private readonly Dictionary<(string Component, string Uid, string Reason), Similar> _similar = [];
    private readonly Dictionary<(string Component, string Uid), Bucket> _buckets = [];
    private long _sequence;

    public EventRecorder(ObjectStore store, Agenda agenda, bool spamFilter)
    {
        _store = store;
        _agenda = agenda;
        _spamFilter = spamFilter;
        Expire();
    }

    public void Normal(StoredObject about, string component, string reason, string message) =>
        Record(Involved.In(about), component, "Normal", reason, message);

    public void Warning(StoredObject about, string component, string reason, string message) =>
        Record(Involved.In(about), component, "Warning", reason, message);

    public void Warning(Involved about, string component, string reason, string message) =>
        Record(about, component, "Warning", reason, message);

    /// <summary>
    /// As components say it that write events.k8s.io (the scheduler does): a repeat becomes a series. In the core view such an event has
    /// no count, no first and no last timestamp and no source component, only eventTime, series and reportingComponent.
    /// </summary>
    public void Series(Involved about, string component, string reason, string action, string message)
    {
        var key = (component, about.Uid, reason, message);
        if (_open.TryGetValue(key, out var known) && !known.Gone)
        {
            _store.Update(known, d => d["series"] = new JsonObject
            {
                ["count"] = (d.Object("series").Whole("count") ?? 1) + 1,
                ["lastObservedTime"] = Json.Micros(_agenda.Now),
            }, component);
            return;
        }

        var document = Document(about, component, "Warning", reason, message);
        document["action"] = action;
        document["eventTime"] = Json.Micros(_agenda.Now);
        document["reportingInstance"] = component + "-control-plane";
        document["source"] = new JsonObject();
        document["firstTimestamp"] = null;
        document["lastTimestamp"] = null;
        document.Remove("count");
        _open[key] = _store.Create(Resources.Events, document, component);
    }

    private void Record(Involved about, string component, string type, string reason, string message)
    {
        if (_spamFilter && !Pass(component, about.Uid))
            return;
        var key = (component, about.Uid, reason, Combine(about, component, reason, ref message));
        if (_open.TryGetValue(key, out var known) && !known.Gone)
        {
            _store.Update(known, d =>
            {
                d["count"] = (d.Whole("count") ?? 1) + 1;
                d["lastTimestamp"] = Json.Seconds(_agenda.Now);
                d["message"] = message;
            }, component);
            return;
        }

        _open[key] = _store.Create(Resources.Events, Document(about, component, type, reason, message), component);
    }

    /// <summary>The part of the key that tells messages apart; empty once they are combined.</summary>
    private string Combine(Involved about, string component, string reason, ref string message)
    {
        var key = (component, about.Uid, reason);
        if (!_similar.TryGetValue(key, out var similar) || _agenda.Now - similar.Last > CombiningWindow)
            _similar[key] = similar = new Similar();
        similar.Last = _agenda.Now;
        similar.Messages.Add(message);
        if (similar.Messages.Count < MessagesBeforeCombining)
            return message;
        similar.Messages.Remove(similar.Messages.First());
        message = "(combined from similar events): " + message;
        return "";
    }

    private bool Pass(string component, string uid)
    {
        if (!_buckets.TryGetValue((component, uid), out var bucket))
            _buckets[(component, uid)] = bucket = new Bucket { Tokens = SpamBurst, Filled = _agenda.Now };
        bucket.Tokens = Math.Min(SpamBurst, bucket.Tokens + ((_agenda.Now - bucket.Filled) / SpamRefill));
        bucket.Filled = _agenda.Now;
        if (bucket.Tokens < 1)
            return false;
        bucket.Tokens -= 1;
        return true;
    }

    private JsonObject Document(Involved about, string component, string type, string reason, string message)
    {
        var ns = about.Namespace.Length > 0 ? about.Namespace : "default";
        var stamp = ((_agenda.Now - DateTimeOffset.UnixEpoch).Ticks * 100) + (_sequence++ % 100);
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = $"{about.Name}.{stamp:x}", ["namespace"] = ns },
            ["involvedObject"] = new JsonObject
            {
                ["kind"] = about.Kind,
                ["namespace"] = about.Namespace,
                ["name"] = about.Name,
                ["uid"] = about.Uid,
                ["apiVersion"] = about.ApiVersion,
                ["resourceVersion"] = (about.ResourceVersion ?? _store.ResourceVersion).ToString(),
            },
            ["reason"] = reason,
            ["message"] = message,
            ["source"] = Json.Of("component", component),
            ["firstTimestamp"] = Json.Seconds(_agenda.Now),
            ["lastTimestamp"] = Json.Seconds(_agenda.Now),
            ["count"] = 1,
            ["type"] = type,
            ["eventTime"] = null,
            ["reportingComponent"] = component,
            ["reportingInstance"] = "",
        };
    }

    /// <summary>The API server forgets events an hour after their last change.</summary>
    private void Expire()
    {
        var oldest = Json.Seconds(_agenda.Now - Lifetime);
        foreach (var old in _store.All(Resources.Events).Where(e => string.CompareOrdinal(Last(e.Document), oldest) < 0).ToList())
            _store.Delete(old, "kube-apiserver");
        foreach (var key in _open.Where(e => e.Value.Gone).Select(e => e.Key).ToList())
            _open.Remove(key);
        _agenda.In(TimeSpan.FromMinutes(1), Expire);
    }

    private static string? Last(JsonObject e) => e.Text("lastTimestamp") ?? e.Object("series").Text("lastObservedTime") ?? e.Text("eventTime");

    private sealed class Similar
    {
        public SortedSet<string> Messages { get; } = new(StringComparer.Ordinal);
        public DateTimeOffset Last { get; set; }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }
        public DateTimeOffset Filled { get; set; }
    }
}
