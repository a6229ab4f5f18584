using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>
/// What the API server does by objects that anyone may write: whom it asks for external metrics (the APIService), whom it asks before a
/// ScaledObject is written (the webhook configuration), and which resources of keda.sh there are (the CustomResourceDefinitions).
/// </summary>
public sealed class KedaRegistry
{
    public const string Group = "keda.sh";
    public const string WebhookName = "keda-admission";
    private static readonly TimeSpan OthersWork = TimeSpan.FromSeconds(3);

    private readonly SandboxCluster _cluster;
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    public KedaRegistry(SandboxCluster cluster) => _cluster = cluster;

    /// <summary>False once somebody has deleted the resource's definition; it is served again as soon as that is back.</summary>
    public bool Serves(Resource resource) => resource.Group != Group || !_gone.Contains(resource.Qualified);

    public void Follow(Change change)
    {
        if (change.StatusOnly)
            return;
        var (resource, name) = (change.Object.Resource, change.Object.Name);
        if (resource == Resources.Definitions && change.Kind == ChangeKind.Deleted)
            Undefine(name);
        else if (resource == Resources.Definitions)
            _gone.Remove(name);
        else if (resource == Resources.WebhookConfigurations)
            _cluster.Webhook.Asked = _cluster.Store.All(Resources.WebhookConfigurations).Any(c => Webhooks(c).Any(w => IsKedas(w, KedaInstallation.Webhooks)));
        else if (resource == Resources.ApiServices && name == KedaInstallation.ApiServiceName)
            Lead(change.Kind == ChangeKind.Deleted ? null : change.Object);
    }

    /// <summary>Why a write of a ScaledObject fails because nobody answers for a webhook whose failurePolicy is Fail; null when none does.</summary>
    public string? WebhookFailure()
    {
        foreach (var webhook in _cluster.Store.All(Resources.WebhookConfigurations).SelectMany(Webhooks).Where(w => w.Text("failurePolicy") != "Ignore"))
        {
            var service = webhook.Object("clientConfig").Object("service");
            var (ns, name) = (service.Text("namespace") ?? "", service.Text("name") ?? "");
            var why = _cluster.Store.Find(Resources.Services, ns, name) is null ? $"service \"{name}\" not found"
                : IsKedas(webhook, KedaInstallation.Webhooks) && !_cluster.Webhook.Running ? $"no endpoints available for service \"{name}\""
                : null;
            if (why is not null)
                return $"Internal error occurred: failed calling webhook \"{webhook.Text("name")}\": failed to call webhook: Post \"https://{name}.{ns}.svc:443/?timeout=10s\": {why}";
        }

        return null;
    }

    /// <summary>A definition takes its objects along.</summary>
    private void Undefine(string definition)
    {
        _gone.Add(definition);
        if (Resources.Stored.FirstOrDefault(r => r.Group == Group && r.Qualified == definition) is not { } resource)
            return;
        foreach (var one in _cluster.Store.All(resource).ToList())
        {
            if (one.Metadata.Array("finalizers") is { Count: > 0 })
                _cluster.Store.Update(one, d => ((JsonObject)d["metadata"]!).Remove("finalizers"), "kube-apiserver");
            _cluster.Store.Delete(one, "kube-apiserver");
        }
    }

    private void Lead(StoredObject? service)
    {
        var before = _cluster.Sources.Route;
        var to = service?.Spec.Object("service");
        _cluster.Sources.Route = service is null ? MetricsRoute.Gone
            : to.Text("namespace") == KedaInstallation.Namespace && to.Text("name") == KedaInstallation.MetricsServer ? MetricsRoute.Keda
            : MetricsRoute.Others;
        if (service is null)
            return;
        if (_cluster.Sources.Route == MetricsRoute.Keda)
        {
            if (before != MetricsRoute.Keda)
                _cluster.Keda.FollowMetricsServer(!_cluster.Sources.MetricsServerDown);
            return;
        }

        // Whoever it leads to answers discovery, and so it stays Available: what it does not know are KEDA's metrics.
        var there = to is null || _cluster.Store.Find(Resources.Services, to.Text("namespace") ?? "", to.Text("name") ?? "") is not null;
        _cluster.Parts.Agenda.In(OthersWork, () =>
        {
            if (_cluster.Sources.Route == MetricsRoute.Others && !service.Gone)
                _cluster.Store.UpdateStatus(service, d => d["status"] = there ? ApiServiceStatus.Of("external.metrics.k8s.io", up: true, _cluster.Now) : ApiServiceStatus.NoService(to!, _cluster.Now), "kube-apiserver");
        });
    }

    private static IEnumerable<JsonNode?> Webhooks(StoredObject configuration) => (configuration.Document.Array("webhooks") ?? [])
        .Where(w => w.Array("rules")?.Any(r => Has(r, "apiGroups", Group) && (Has(r, "resources", "scaledobjects") || Has(r, "resources", "*"))) == true);

    private static bool Has(JsonNode? rule, string list, string word) => rule.Array(list)?.Any(v => v?.ToString() == word) == true;

    private static bool IsKedas(JsonNode? webhook, string part) => webhook.Object("clientConfig").Object("service") is { } service
        && service.Text("namespace") == KedaInstallation.Namespace && service.Text("name") == part;
}
