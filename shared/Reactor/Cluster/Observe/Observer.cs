using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Looks at the whole cluster by a handful of lists: what a look costs does not grow with the number of targets but by a page
/// for each 500. All of it or nothing: half a look could pass for a failing KEDA.
/// </summary>
internal sealed class Observer(ApiClient api, ClusterSettings settings, TimeSpan budget, TimeProvider time, MemorySigner? signer)
{
    private const int ListsAtOnce = 4;
    private const string Rescales = "reason=SuccessfulRescale,involvedObject.kind=HorizontalPodAutoscaler";
    private const string ApiServices = "apis/apiregistration.k8s.io/v1/apiservices";
    private const string MetricsApi = "v1beta1.external.metrics.k8s.io";
    private const string ResourceMetricsApi = "v1beta1.metrics.k8s.io";
    private const string ControllerManager = "kube-controller-manager";

    private readonly PagedList _lists = new(api);

    public async Task<ObserveResult> ObserveAsync(CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        if (settings.KedaNamespace is { } keda && ApiPath.Fault(keda) is { } fault)
            return ObserveResult.Blind($"KEDA's namespace: {fault}");

        using var bound = new SemaphoreSlim(ListsAtOnce);
        using var late = new CancellationTokenSource(budget, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        var leasePath = "apis/coordination.k8s.io/v1/" + (settings.KedaNamespace is { } ns ? $"namespaces/{ns}/leases" : "leases");

        var scaledObjects = List("apis/keda.sh/v1alpha1/scaledobjects", null, ObserveJson.Default.ListDtoScaledObjectDto);
        var deployments = List("apis/apps/v1/deployments", null, ObserveJson.Default.ListDtoWorkloadDto);
        var hpas = List("apis/autoscaling/v2/horizontalpodautoscalers", null, ObserveJson.Default.ListDtoHpaDto);
        var events = List("api/v1/events", Rescales, ObserveJson.Default.ListDtoEventDto);
        var leases = List(leasePath, $"metadata.name={OperatorArguments.DefaultLease}", ObserveJson.Default.ListDtoLeaseDto);
        var otherLeases = OtherLeasesAsync();
        var scaledJobs = List("apis/keda.sh/v1alpha1/scaledjobs", null, ObserveJson.Default.ListDtoObjectDto);
        var metricsApi = List(ApiServices, $"metadata.name={MetricsApi}", ObserveJson.Default.ListDtoApiServiceDto);
        var resourceMetrics = List(ApiServices, $"metadata.name={ResourceMetricsApi}", ObserveJson.Default.ListDtoApiServiceDto);
        var controller = List("apis/coordination.k8s.io/v1/namespaces/kube-system/leases", $"metadata.name={ControllerManager}", ObserveJson.Default.ListDtoLeaseDto);
        var namespaces = List("api/v1/namespaces", null, ObserveJson.Default.ListDtoObjectDto);
        var vpas = List("apis/autoscaling.k8s.io/v1/verticalpodautoscalers", null, ObserveJson.Default.ListDtoVpaDto);
        var statefulSets = StatefulSetsAsync();

        await Task.WhenAll(
            scaledObjects, deployments, hpas, events, leases, scaledJobs, metricsApi, resourceMetrics, controller, namespaces, vpas, statefulSets, otherLeases);
        cancel.ThrowIfCancellationRequested();

        var metricsServer = OperatorReader.MetricsServer(await metricsApi, out var metricsProblem);
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
            metricsProblem,
            Optional(await resourceMetrics),
            Optional(await controller),
            Optional(await namespaces),
            Optional(await vpas),
        ];
        if (metricsServer is null || problems.Any(p => p.Length > 0))
        {
            // Those that only waited say nothing beside those that failed.
            var said = problems.Where(p => p.Length > 0).OrderBy(p => p.EndsWith(ApiClient.Stopped, StringComparison.Ordinal) || p.EndsWith(ApiClient.NeverBegun, StringComparison.Ordinal));
            return ObserveResult.Blind((late.IsCancellationRequested ? $"the API server did not answer every list within {budget.TotalSeconds:0.###} s: " : "") + string.Join("; ", said));
        }

        var around = new Surroundings((await namespaces).Items, (await vpas).Items);
        var reader = new TargetReader((await hpas).Items, (await events).Items, (await deployments).Items, (await statefulSets).Items, around, signer);
        return ObserveResult.Saw(new Observation
        {
            At = at,
            Targets = (await scaledObjects).Items
                .Where(s => settings.Watches(s.Namespace))
                .Select(reader.Read)
                .ToImmutableSortedDictionary(t => t.Id, t => t),
            Operator = OperatorReader.Read((await deployments).Items, [.. (await leases).Items, .. (await otherLeases).SelectMany(l => l.Items)], settings, string.Join("; ", (await otherLeases).Select(l => l.Problem).Where(p => p.Length > 0))),
            MetricsServer = metricsServer,
            ResourceMetrics = OperatorReader.ResourceMetrics(await resourceMetrics),
            ControllerManagerRenewTime = (await controller).Items.Select(l => l.Spec?.RenewTime).FirstOrDefault(),
            ScaledJobs = [.. jobs.Items.Where(j => settings.Watches(j.Namespace)).Select(j => new TargetId(j.Namespace, j.Name)).Order()],
        });

        Task<Listing<T>> List<T>(string path, string? selector, JsonTypeInfo<ListDto<T>> type)
            where T : ObjectDto =>
            BoundedAsync(bound, () => _lists.ReadAsync(path, selector, type, either.Token));

        // An operator may name its lease otherwise (--leader-election-id); who it is, its Deployment says.
        async Task<Listing<LeaseDto>[]> OtherLeasesAsync() => await Task.WhenAll(OperatorReader.OtherLeases((await deployments).Items, settings)
            .Select(name => List(leasePath, $"metadata.name={name}", ObserveJson.Default.ListDtoLeaseDto)));

        // Most clusters scale Deployments only: their StatefulSets are never asked for.
        async Task<Listing<WorkloadDto>> StatefulSetsAsync() =>
            (await scaledObjects).Items.Any(s => settings.Watches(s.Namespace) && WorkloadKey.Of(s).IsStatefulSet)
                ? await List("apis/apps/v1/statefulsets", null, ObserveJson.Default.ListDtoWorkloadDto)
                : new Listing<WorkloadDto>([]);
    }

    /// <summary>What the reactor gets along without: not there, or not granted, is no problem (preflight tells). A server that fails is one.</summary>
    private static string Optional<T>(Listing<T> listing)
        where T : ObjectDto => listing.Status is 403 or 404 ? "" : listing.Problem;

    private static async Task<T> BoundedAsync<T>(SemaphoreSlim bound, Func<Task<T>> read)
    {
        await bound.WaitAsync();
        try
        {
            return await read();
        }
        finally
        {
            bound.Release();
        }
    }
}
