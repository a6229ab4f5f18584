using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Looks at the whole cluster by a handful of lists: what a look costs does not grow with the number of targets but by a page
/// for each 500. All of it or nothing: half a look could pass for a failing KEDA.
/// </summary>
internal sealed class Observer(ApiClient api, ClusterSettings settings, TimeProvider time, MemorySigner? signer)
{
    private const int ListsAtOnce = 4;
    private const int AgainAtOnce = 500;
    private const string Rescales = "reason=SuccessfulRescale,involvedObject.kind=HorizontalPodAutoscaler";
    private const string OperatorLease = "operator.keda.sh";
    private const string MetricsApi = "v1beta1.external.metrics.k8s.io";

    private readonly PagedList _lists = new(api);

    public async Task<ObserveResult> ObserveAsync(CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        if (settings.KedaNamespace is { } keda && ApiPath.Fault(keda) is { } fault)
            return ObserveResult.Blind($"KEDA's namespace: {fault}");

        using var bound = new SemaphoreSlim(ListsAtOnce);
        var leasePath = "apis/coordination.k8s.io/v1/" + (settings.KedaNamespace is { } ns ? $"namespaces/{ns}/leases" : "leases");

        var scaledObjects = List("apis/keda.sh/v1alpha1/scaledobjects", null, ObserveJson.Default.ListDtoScaledObjectDto);
        var deployments = List("apis/apps/v1/deployments", null, ObserveJson.Default.ListDtoWorkloadDto);
        var hpas = List("apis/autoscaling/v2/horizontalpodautoscalers", null, ObserveJson.Default.ListDtoHpaDto);
        var events = List("api/v1/events", Rescales, ObserveJson.Default.ListDtoEventDto);
        var leases = List(leasePath, $"metadata.name={OperatorLease}", ObserveJson.Default.ListDtoLeaseDto);
        var scaledJobs = List("apis/keda.sh/v1alpha1/scaledjobs", null, ObserveJson.Default.ListDtoObjectDto);
        var metricsApi = BoundedAsync(
            bound,
            () => api.SendAsync(ApiRequest.Get($"apis/apiregistration.k8s.io/v1/apiservices/{MetricsApi}"), ObserveJson.Default.ApiServiceDto, cancel));
        var statefulSets = StatefulSetsAsync();

        await Task.WhenAll(scaledObjects, deployments, hpas, events, leases, scaledJobs, metricsApi, statefulSets);
        cancel.ThrowIfCancellationRequested();

        var metricsServer = OperatorReader.MetricsServer(await metricsApi, out var metricsProblem);
        var jobs = await scaledJobs;
        var problems = new[]
        {
            (await scaledObjects).Problem,
            (await deployments).Problem,
            (await hpas).Problem,
            (await events).Problem,
            (await leases).Problem,
            (await statefulSets).Problem,

            // A KEDA installed without its ScaledJob resource has none.
            jobs.Status == 404 ? "" : jobs.Problem,
            metricsProblem,
        };
        if (metricsServer is null || problems.Any(p => p.Length > 0))
            return ObserveResult.Blind(string.Join("; ", problems.Where(p => p.Length > 0)));

        var reader = new TargetReader((await hpas).Items, (await events).Items, (await deployments).Items, (await statefulSets).Items, signer);
        return ObserveResult.Saw(new Observation
        {
            At = at,
            Targets = (await scaledObjects).Items
                .Where(s => settings.Watches(s.Namespace))
                .Select(reader.Read)
                .ToImmutableSortedDictionary(t => t.Id, t => t),
            Operator = OperatorReader.Read((await deployments).Items, (await leases).Items, settings),
            MetricsServer = metricsServer,
            ScaledJobs = [.. jobs.Items.Where(j => settings.Watches(j.Namespace)).Select(j => new TargetId(j.Namespace, j.Name)).Order()],
        });

        Task<Listing<T>> List<T>(string path, string? selector, JsonTypeInfo<ListDto<T>> type)
            where T : ObjectDto =>
            BoundedAsync(bound, () => _lists.ReadAsync(path, selector, type, cancel));

        // Most clusters scale Deployments only: their StatefulSets are never asked for.
        async Task<Listing<WorkloadDto>> StatefulSetsAsync() =>
            (await scaledObjects).Items.Any(s => settings.Watches(s.Namespace) && WorkloadKey.Of(s).IsStatefulSet)
                ? await List("apis/apps/v1/statefulsets", null, ObserveJson.Default.ListDtoWorkloadDto)
                : new Listing<WorkloadDto>([]);
    }

    /// <summary>
    /// Each of these as it is now. Lists come from the API server's cache and may be older than our own last write; a GET does not.
    /// At most <see cref="AgainAtOnce"/> at a look: the next takes up the rest.
    /// </summary>
    public async Task<Observation> ReadAgainAsync(Observation seen, IReadOnlyList<TargetId> targets, CancellationToken cancel)
    {
        using var bound = new SemaphoreSlim(ListsAtOnce);
        var answers = await Task.WhenAll(targets.Take(AgainAtOnce).Select(id => BoundedAsync(bound, () => OneAsync(id))));
        cancel.ThrowIfCancellationRequested();
        var now = seen.Targets;
        foreach (var view in answers.OfType<TargetView>())
            now = now.SetItem(view.Id, view);
        return seen with { Targets = now, ReadAgain = [.. answers.OfType<TargetView>().Select(view => view.Id)] };

        async Task<TargetView?> OneAsync(TargetId id)
        {
            var answer = await api.SendAsync(ApiRequest.Get(ApiPath.ScaledObject(id)), ObserveJson.Default.ScaledObjectDto, cancel);

            // Gone, or not to be read now: then it is not adopted now.
            return answer is { IsSuccess: true, Value: { } found } && found.Uid == seen.Targets[id].Uid
                ? TargetReader.Again(seen.Targets[id], found, signer)
                : null;
        }
    }

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

/// <summary>What a look brought: the cluster, or why it could not be seen. Not seeing is never evidence against KEDA.</summary>
public sealed record ObserveResult
{
    /// <summary>Null when the cluster could not be seen.</summary>
    public Observation? Observation { get; private init; }

    /// <summary>Why not, in words; empty when it was seen.</summary>
    public string Problem { get; private init; } = "";

    public static ObserveResult Saw(Observation observation) => new() { Observation = observation };

    public static ObserveResult Blind(string problem) => new() { Problem = Words.Cut(problem) };
}
