using System.Collections.Immutable;
using System.Globalization;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>Which API versions the server serves, and which Kubernetes it is.</summary>
internal sealed class Served(ApiClient api, KubernetesRelease release)
{
    private static readonly ImmutableArray<(string Version, HealthStatus Status, string Without)> Needed =
    [
        ("autoscaling/v2", HealthStatus.Unhealthy, "HPAs can't be seen or made; Kubernetes 1.23 or newer serves it"),
        ("apps/v1", HealthStatus.Unhealthy, "workloads can't be seen"),
        ("coordination.k8s.io/v1", HealthStatus.Unhealthy, "the operator's lease can't be seen"),
        ("metrics.k8s.io/v1beta1", HealthStatus.Degraded, "nobody measures CPU, and a fallback HPA holds its workload at the minimum; metrics-server serves it"),
        ("external.metrics.k8s.io/v1beta1", HealthStatus.Degraded, "no HPA of KEDA's gets its metrics; KEDA's metrics server serves it"),
    ];

    public async Task<(ImmutableArray<Finding> Findings, string Words)> AskAsync(CancellationToken cancel)
    {
        var (groups, version) = (api.SendAsync(ApiRequest.Get("apis"), PreflightJson.Default.GroupListDto, cancel),
            api.SendAsync(ApiRequest.Get("version"), PreflightJson.Default.VersionDto, cancel));
        var findings = ImmutableArray.CreateBuilder<Finding>();
        var words = new List<string>();
        await OfKubernetesAsync(version, findings, words);
        var answer = await groups;
        if (answer is not { IsSuccess: true, Value: { Kind: "APIGroupList", Groups: { } served } })
        {
            findings.Add(Unknown($"the served API versions could not be checked: {answer.Say()}"));
            return (findings.ToImmutable(), string.Join(", ", words));
        }

        var versions = served.SelectMany(g => g?.Versions ?? []).Select(v => v?.GroupVersion).ToHashSet(StringComparer.Ordinal);
        findings.AddRange(Needed.Where(n => !versions.Contains(n.Version)).Select(n => new Finding(FindingKind.Missing, n.Status, $"{n.Version} is not served: {n.Without}")));
        words.AddRange(Needed.Where(n => versions.Contains(n.Version)).Select(n => n.Version));
        return (findings.ToImmutable(), string.Join(", ", words));
    }

    private async Task OfKubernetesAsync(Task<Answer<VersionDto>> asked, ImmutableArray<Finding>.Builder findings, List<string> words)
    {
        var answer = await asked;
        if (answer is not { IsSuccess: true, Value: { Minor: { } minor } version })
        {
            findings.Add(Unknown($"the version of Kubernetes could not be checked: {answer.Say()}"));
            return;
        }

        words.Add($"Kubernetes {version.GitVersion ?? $"{version.Major}.{minor}"}");

        // Managed clusters say "27+".
        if (!int.TryParse(minor.TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return;
        release.Saw(version.Major, number);
        if (release.LacksContainerMetrics)
        {
            findings.Add(new Finding(FindingKind.Differs, HealthStatus.Healthy,
                $"Kubernetes 1.{number} has ContainerResource metrics behind a feature gate (on by default from 1.{KubernetesRelease.ContainerMetrics}): a fallback HPA watches the whole pod there, and beside a sidecar it is refused without it"));
        }
    }

    private static Finding Unknown(string text) => new(FindingKind.Unchecked, HealthStatus.Healthy, Words.Cut(text));
}
