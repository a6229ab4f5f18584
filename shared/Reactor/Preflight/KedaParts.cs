using System.Collections.Immutable;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>Whether KEDA is there, which one, and what of it.</summary>
internal sealed class KedaParts(ApiClient api, ClusterSettings settings)
{
    private const string Api = "keda.sh/v1alpha1";
    private readonly PagedList _lists = new(api);

    public async Task<(ImmutableArray<Finding> Findings, string Words)> AskAsync(CancellationToken cancel)
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
            return (findings.ToImmutable(), "");
        }

        var operators = (await deployments).Items.Where(d => OperatorReader.IsOperator(d, settings)).ToList();
        if (operators.Count == 0)
        {
            findings.Add(new Finding(FindingKind.Missing, HealthStatus.Degraded, settings.OperatorDeployment is { } name
                ? $"no Deployment {name}{(settings.KedaNamespace is { } place ? $" in namespace {place}" : "")}, which Keda:OperatorDeployment names: whether KEDA's operator lives is not known by it"
                : "no Deployment of KEDA's operator was found by its labels: Keda:Namespace and Keda:OperatorDeployment name one that has others"));
            return (findings.ToImmutable(), "");
        }

        var held = (await leases).Items;
        var first = operators.OrderByDescending(o => held.Any(l => l.Namespace == o.Namespace)).ThenBy(o => o.Namespace, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal).First();
        if (operators.Count > 1)
        {
            findings.Add(new Finding(FindingKind.Differs, HealthStatus.Degraded,
                $"{operators.Count} operators were found ({string.Join(", ", operators.Select(o => $"{o.Namespace}/{o.Name}"))}): {first.Namespace}/{first.Name} is taken; Keda:Namespace names another"));
        }

        var release = KedaRelease.Of(first.Metadata?.Labels?.GetValueOrDefault("app.kubernetes.io/version"), Operator(first)?.Image);
        if (KedaRelease.Judge(release) is { } judged)
            findings.Add(judged);
        if ((await leases).Problem is { Length: > 0 } unread)
            findings.Add(Unknown($"the operator's lease could not be checked: {unread}"));
        else if (Arguments(first) is var arguments && (arguments.LeaseName == OperatorArguments.DefaultLease || !arguments.Elects) && !held.Any(l => l.Namespace == first.Namespace))
            findings.Add(NoLease(first));
        if (!(await deployments).Items.Any(d => d.Namespace == first.Namespace && d.Name.Contains("webhook", StringComparison.Ordinal)))
        {
            findings.Add(new Finding(FindingKind.Note, HealthStatus.Healthy,
                $"KEDA's admission webhook was not found in namespace {first.Namespace}: nobody refuses a second ScaledObject or HPA on one workload"));
        }

        return (findings.ToImmutable(), $"KEDA {release?.Text ?? "of unknown version"} in {first.Namespace}");
    }

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

    private static Finding NoLease(PartDto first)
    {
        var elects = Operator(first)?.Args?.Any(a => a == "--leader-elect" || a?.StartsWith("--leader-elect=", StringComparison.Ordinal) == true) == true && Arguments(first).Elects;
        var why = elects ? "though it is started with --leader-elect" : "it is started without --leader-elect, or with --leader-elect=false";
        return new Finding(FindingKind.Missing, HealthStatus.Healthy,
            $"no lease {OperatorArguments.DefaultLease} in namespace {first.Namespace} ({why}): only the Deployment tells whether the operator lives, and one that hangs is not noticed by it");
    }

    private static OperatorArguments Arguments(PartDto first) => OperatorArguments.Of([.. Operator(first)?.Command ?? [], .. Operator(first)?.Args ?? []]);

    /// <summary>A sidecar beside it has another image.</summary>
    private static PartContainerDto? Operator(PartDto deployment)
    {
        var containers = deployment.Spec?.Template?.Spec?.Containers ?? [];
        return containers.FirstOrDefault(c => c?.Image?.Contains("keda", StringComparison.Ordinal) == true) ?? containers.FirstOrDefault();
    }

    private static Finding Unknown(string text) => new(FindingKind.Unchecked, HealthStatus.Healthy, Words.Cut(text));
}
