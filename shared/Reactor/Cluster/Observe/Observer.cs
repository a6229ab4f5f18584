using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Looks at the whole cluster by a handful of lists: what a look costs does not grow with the number of targets but by a page
/// for each 500. Every list or nothing: half a look could pass for a failing KEDA. One object that can't be read is left out by itself.
/// </summary>
internal sealed class Observer(ApiClient api, ClusterSettings settings, TimeSpan budget, TimeProvider time, MemorySigner? signer, KubernetesRelease release)
{
    private const string Rescales = "reason=SuccessfulRescale,involvedObject.kind=HorizontalPodAutoscaler";
    private const string ApiServices = "apis/apiregistration.k8s.io/v1/apiservices";
    private const string ResourceMetricsApi = "v1beta1.metrics.k8s.io";
    private const string ControllerManager = "kube-controller-manager";

    public async Task<ObserveResult> ObserveAsync(CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        if (settings.KedaNamespace is { } place && ApiPath.Fault(place) is { } fault)
            return ObserveResult.Blind($"KEDA's namespace: {fault}");

        using var late = new CancellationTokenSource(budget, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        var leasePath = "apis/coordination.k8s.io/v1/" + (settings.KedaNamespace is { } ns ? $"namespaces/{ns}/leases" : "leases");

        var json = ObserveJson.Default;
        using var lists = new BoundedLists(api, new ByteBudget(ApiBounds.LargestLook), either.Token);
        var scaledObjects = lists.ReadAsync(new ListOf<ScaledObjectDto>("apis/keda.sh/v1alpha1/scaledobjects", "ScaledObject", json.ScaledObjectDto));
        var deployments = lists.ReadAsync(new ListOf<WorkloadDto>("apis/apps/v1/deployments", "Deployment", json.WorkloadDto));
        var hpas = lists.ReadAsync(new ListOf<HpaDto>("apis/autoscaling/v2/horizontalpodautoscalers", "HorizontalPodAutoscaler", json.HpaDto));
        var events = lists.ReadAsync(new ListOf<EventDto>("api/v1/events", "Event", json.EventDto) { FieldSelector = Rescales });
        var leases = lists.ReadAsync(Lease(OperatorArguments.DefaultLease));
        var otherLeases = OtherLeasesAsync();
        var scaledJobs = lists.ReadAsync(new ListOf<ObjectDto>("apis/keda.sh/v1alpha1/scaledjobs", "ScaledJob", json.ObjectDto));
        var metricsApi = lists.ReadAsync(ApiService(MetricsServerReader.MetricsApi));
        var resourceMetrics = lists.ReadAsync(ApiService(ResourceMetricsApi));
        var controller = lists.ReadAsync(new ListOf<LeaseDto>("apis/coordination.k8s.io/v1/namespaces/kube-system/leases", "Lease", json.LeaseDto) { FieldSelector = $"metadata.name={ControllerManager}" });
        var namespaces = lists.ReadAsync(new ListOf<ObjectDto>("api/v1/namespaces", "Namespace", json.ObjectDto));
        var vpas = lists.ReadAsync(new ListOf<VpaDto>("apis/autoscaling.k8s.io/v1/verticalpodautoscalers", "VerticalPodAutoscaler", json.VpaDto));
        var statefulSets = StatefulSetsAsync();

        await Task.WhenAll(
            scaledObjects, deployments, hpas, events, leases, scaledJobs, metricsApi, resourceMetrics, controller, namespaces, vpas, statefulSets, otherLeases);
        cancel.ThrowIfCancellationRequested();

        var services = new KedaServices(lists, await deployments, settings);
        var registry = new RegistryReader(lists, services);
        var jobs = await scaledJobs;
        string[] problems =
        [
            (await scaledObjects).Problem,
            (await deployments).Problem,
            (await hpas).Problem,
            (await events).Problem,
            (await leases).Problem,
            .. (await otherLeases).Select(Optional),
            (await statefulSets).Problem,

            // A KEDA installed without its ScaledJob resource has none.
            jobs.Status == 404 ? "" : jobs.Problem,
            (await metricsApi).Problem,
            Optional(await resourceMetrics),
            Optional(await controller),
            Optional(await namespaces),
            Optional(await vpas),
        ];
        if ((await scaledObjects).Status == 404)
        {
            var missing = await registry.ScaledObjectsAsync();
            return ObserveResult.Blind($"KEDA's {missing.Kind} {missing.Name} {missing.What} ({(await scaledObjects).Problem})", missing);
        }

        if (problems.Any(p => p.Length > 0))
        {
            // Those that only waited say nothing beside those that failed.
            var said = problems.Where(p => p.Length > 0).OrderBy(p => p.EndsWith(ApiClient.Stopped, StringComparison.Ordinal) || p.EndsWith(ApiClient.NeverBegun, StringComparison.Ordinal));
            return ObserveResult.Blind((late.IsCancellationRequested ? $"the API server did not answer every list within {budget.TotalSeconds:0.###} s: " : "") + string.Join("; ", said));
        }

        var keda = OperatorReader.Read(await deployments, await leases, await otherLeases, settings, share => jobs.Items
            .Where(j => settings.Watches(j.Namespace) && share.Covers(j.Namespace, LabelReader.Of(j)))
            .Select(j => new TargetId(j.Namespace, j.Name)).Order());

        var (metricsServer, resources, webhooks) = (MetricsServerReader.ReadAsync(await metricsApi, services), registry.ResourcesAsync(), registry.WebhooksAsync());
        await Task.WhenAll(metricsServer, resources, webhooks);
        cancel.ThrowIfCancellationRequested();
        var around = new Surroundings((await namespaces).Items, (await vpas).Items);
        var reader = new TargetReader(await hpas, await events, await deployments, await statefulSets, around, signer)
        {
            Labels = keda.Shards.Values.Any(o => o.Share!.Selector.Length > 0),
        };
        var (targets, unknown, twice) = Targets(await scaledObjects, reader);
        return ObserveResult.Saw(new Observation
        {
            At = at,
            Targets = targets,
            Unknown = unknown,
            Unread =
            [
                .. new[]
                {
                    (await scaledObjects).Unread, (await deployments).Unread, (await statefulSets).Unread, (await hpas).Unread, (await leases).Unread,
                    (await metricsApi).Unread, (await events).Unread, jobs.Unread, (await resourceMetrics).Unread, (await controller).Unread,
                    (await namespaces).Unread, (await vpas).Unread,
                }.Concat((await otherLeases).Select(l => l.Unread)).SelectMany(list => list).Select(item => item.Object).Concat(twice),
            ],
            Lists = settings.Namespaces is { IsEmpty: false } several ? several : [""],
            Operator = keda.Rest,
            Shards = keda.Shards,
            SharesUntold = keda.Untold,
            MetricsServer = await metricsServer,
            Registrations = [.. await resources, .. await webhooks],
            WebhooksExpected = services.Own(KedaPart.Webhooks).Count > 0,
            ResourceMetrics = OperatorReader.ResourceMetrics(await resourceMetrics),
            ContainerMetrics = !release.LacksContainerMetrics,
            ControllerManagerRenewTime = (await controller).Items.Select(l => l.Spec?.RenewTime).FirstOrDefault(),

            // Only their names are told, which is also what is known of those that can't be read.
            ScaledJobs =
            [
                .. jobs.Items.Select(j => new TargetId(j.Namespace, j.Name))
                    .Concat(jobs.Unread.Where(j => j.Object.Name.Length > 0).Select(j => new TargetId(j.Object.Namespace, j.Object.Name)))
                    .Where(j => settings.Watches(j.Namespace)).Order(),
            ],
        });

        ListOf<LeaseDto> Lease(string name, string? of = null) => new(of ?? leasePath, "Lease", json.LeaseDto) { FieldSelector = $"metadata.name={name}" };

        ListOf<ApiServiceDto> ApiService(string name) => new(ApiServices, "APIService", json.ApiServiceDto) { FieldSelector = $"metadata.name={name}" };

        // An operator may name its lease otherwise (--leader-election-id); who it is, its Deployment says. Asked in its namespace: there alone
        // may leases of any name be listed.
        async Task<Listing<LeaseDto>[]> OtherLeasesAsync() => await Task.WhenAll(OperatorReader.OtherLeases((await deployments).Items, settings)
            .Select(lease => lists.ReadAsync(Lease(lease.Name, LeasesOf(lease.Namespace)))));

        static string LeasesOf(string ns) => $"apis/coordination.k8s.io/v1/namespaces/{Uri.EscapeDataString(ns)}/leases";

        // Most clusters scale Deployments only: their StatefulSets are never asked for.
        async Task<Listing<WorkloadDto>> StatefulSetsAsync() =>
            (await scaledObjects).Items.Any(s => settings.Watches(s.Namespace) && WorkloadKey.Of(s).IsStatefulSet)
                ? await lists.ReadAsync(new ListOf<WorkloadDto>("apis/apps/v1/statefulsets", "StatefulSet", json.WorkloadDto))
                : new Listing<WorkloadDto>([]);
    }

    /// <summary>The targets that were read whole, those of which something could not be, and what a list held twice.</summary>
    private (ImmutableSortedDictionary<TargetId, TargetView> Targets, ImmutableSortedDictionary<TargetId, string> Unknown, List<UnreadObject> Twice) Targets(
        Listing<ScaledObjectDto> list, TargetReader reader)
    {
        var targets = ImmutableSortedDictionary.CreateBuilder<TargetId, TargetView>();
        var unknown = ImmutableSortedDictionary.CreateBuilder<TargetId, string>();
        List<UnreadObject> twice = [];
        foreach (var unread in list.Unread.Where(u => u.Object.Name.Length > 0 && settings.Watches(u.Object.Namespace)))
            unknown[new TargetId(unread.Object.Namespace, unread.Object.Name)] = unread.Object.ToString();
        foreach (var scaled in list.Items.Where(s => settings.Watches(s.Namespace)))
        {
            var id = new TargetId(scaled.Namespace, scaled.Name);
            if (targets.ContainsKey(id))
            {
                // Nobody can tell which of the two is meant.
                twice.Add(new UnreadObject("ScaledObject", id.Namespace, id.Name, "it stands in the list twice"));
                unknown[id] = twice[^1].ToString();
                targets.Remove(id);
            }
            else if (reader.Unreadable(scaled) is { } why)
                unknown[id] = why;
            else if (!unknown.ContainsKey(id))
                targets[id] = reader.Read(scaled);
        }

        return (targets.ToImmutable(), unknown.ToImmutable(), twice);
    }

    /// <summary>What the reactor gets along without: not there, or not granted, is no problem (preflight tells). A server that fails is one.</summary>
    private static string Optional<T>(Listing<T> listing)
        where T : ObjectDto => listing.Status is 403 or 404 ? "" : listing.Problem;
}
