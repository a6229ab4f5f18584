using System.Collections.Immutable;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>Whether KEDA is there, which one, and what of it.</summary>
internal sealed class KedaParts(ApiClient api, ClusterSettings settings)
{
    private const string Api = "keda.sh/v1alpha1";
    private readonly PagedList _lists = new(api);

    /// <summary>What is odd of them, the release in words, and the namespaces in which an operator names a lease of its own.</summary>
    public async Task<(ImmutableArray<Finding> Findings, string Words, ImmutableArray<string> Leases)> AskAsync(CancellationToken cancel)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        var resources = OfResourcesAsync(findings, cancel);
        var deployments = _lists.ReadAsync(new ListOf<PartDto>("apis/apps/v1/deployments", "Deployment", PreflightJson.Default.PartDto), cancel);
        var leasePath = "apis/coordination.k8s.io/v1/" + (settings.KedaNamespace is { } ns ? $"namespaces/{Uri.EscapeDataString(ns)}/leases" : "leases");
        var leases = _lists.ReadAsync(new ListOf<LeaseDto>(leasePath, "Lease", ObserveJson.Default.LeaseDto) { FieldSelector = $"metadata.name={OperatorArguments.DefaultLease}" }, cancel);
        await Task.WhenAll(resources, deployments, leases);
        if ((await deployments).Problem is { Length: > 0 } problem)
        {
            findings.Add(Unknown($"KEDA's operator could not be checked: {problem}"));
            return (findings.ToImmutable(), "", []);
        }

        var operators = (await deployments).Items
            .Where(d => OperatorLabels.IsOperator(d, (d.Spec?.Template?.Spec?.Containers ?? []).Any(c => OperatorLabels.RunsKeda(c?.Command)), settings))
            .Select(PartOperator.Of).ToList();
        if (operators.Count == 0)
        {
            findings.Add(new Finding(FindingKind.Missing, HealthStatus.Degraded, settings.OperatorDeployment is { } name
                ? $"no Deployment {name}{(settings.KedaNamespace is { } place ? $" in namespace {place}" : "")}, which Keda:OperatorDeployment names: whether KEDA's operator lives is not known by it"
                : "no Deployment of KEDA's operator was found by its labels: Keda:Namespace and Keda:OperatorDeployment name one that has others"));
            return (findings.ToImmutable(), "", []);
        }

        var held = (await leases).Items;
        var first = operators.OrderByDescending(o => held.Any(l => l.Namespace == o.Namespace)).ThenBy(o => o.Name, StringComparer.Ordinal).First();
        OfShares(findings, operators, first);
        foreach (var release in operators.Where(o => Counts(o, first)).Select(o => o.Release).Distinct())
            if (KedaRelease.Judge(release) is { } judged)
                findings.Add(judged);
        if ((await leases).Problem is { Length: > 0 } unread)
            findings.Add(Unknown($"the operator's lease could not be checked: {unread}"));
        else
            findings.AddRange(operators.Where(o => Counts(o, first) && o.HasDefaultLease && !held.Any(l => l.Namespace == o.Namespace)).DistinctBy(o => o.Namespace).Select(NoLease));
        if (!(await deployments).Items.Any(d => d.Namespace == first.Namespace && d.Name.Contains("webhook", StringComparison.Ordinal)))
        {
            findings.Add(new Finding(FindingKind.Note, HealthStatus.Healthy,
                $"KEDA's admission webhook was not found in namespace {first.Namespace}: nobody refuses a second ScaledObject or HPA on one workload"));
        }

        return (findings.ToImmutable(), $"KEDA {first.Release?.Text ?? "of unknown version"} in {first.Namespace}",
            [.. operators.Where(o => o.Arguments.Elects && !o.HasDefaultLease).Select(o => o.Namespace).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Those that serve the same, or of which that can't be told, are read as one operator; those with a share of their own are not.</summary>
    private static void OfShares(ImmutableArray<Finding>.Builder findings, List<PartOperator> operators, PartOperator first)
    {
        foreach (var same in operators.GroupBy(o => o.Share is { IsWhole: false } share ? share : null).Select(g => g.ToList()).Where(g => g.Count > 1))
        {
            var taken = same.Contains(first) ? first : same[0];
            findings.Add(new Finding(FindingKind.Differs, HealthStatus.Degraded,
                $"{same.Count} operators were found ({string.Join(", ", same.Select(o => o.Name))}): {taken.Name} is taken; Keda:Namespace names another"));
        }

        findings.AddRange(operators.Where(o => o.Share is null).Select(o => new Finding(FindingKind.Note, HealthStatus.Healthy,
            $"what share of the ScaledObjects KEDA's operator {o.Name} has can't be told ({o.Untold}): it is taken for the one that serves what no other's share has")));
        findings.AddRange(operators.Where(o => o.Share is { IsWhole: false }).Select(o => new Finding(FindingKind.Note, HealthStatus.Healthy,
            $"KEDA's operator {o.Name} serves {o.Share} and nothing else: its death moves no others")));
    }

    private static bool Counts(PartOperator one, PartOperator first) => one == first || one.Share is { IsWhole: false };

    private async Task OfResourcesAsync(ImmutableArray<Finding>.Builder findings, CancellationToken cancel)
    {
        var answer = await api.SendAsync(ApiRequest.Get($"apis/{Api}"), ApiJson.Default.ResourceListDto, cancel);
        if (answer is { Fate: Fate.Answered, Status: 404 })
            findings.Add(new Finding(FindingKind.Missing, HealthStatus.Unhealthy, $"{Api} is not served: KEDA is not installed here, there is nothing to guard"));
        else if (answer is not { IsSuccess: true, Value.Resources: { } resources })
            findings.Add(Unknown($"whether {Api} is served could not be checked: {answer.Say()}"));
        else if (!resources.Any(r => r?.Name == "scaledobjects"))
            findings.Add(new Finding(FindingKind.Missing, HealthStatus.Unhealthy, $"{Api} has no scaledobjects: KEDA's CustomResourceDefinitions are not all there"));
        else if (!resources.Any(r => r?.Name == "scaledjobs"))
            findings.Add(new Finding(FindingKind.Note, HealthStatus.Healthy, $"{Api} has no scaledjobs: none can be named as unprotected"));
    }

    private static Finding NoLease(PartOperator of)
    {
        var why = of.Arguments.ToldToElect ? "though it is started with --leader-elect" : "it is started without --leader-elect, or with --leader-elect=false";
        return new Finding(FindingKind.Missing, HealthStatus.Healthy,
            $"no lease {OperatorArguments.DefaultLease} in namespace {of.Namespace} ({why}): only the Deployment tells whether the operator lives, and one that hangs is not noticed by it");
    }

    private static Finding Unknown(string text) => new(FindingKind.Unchecked, HealthStatus.Healthy, Words.Cut(text));
}
