using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>Room enough: for the pods at rest, and for all of them rolled at once.</summary>
public sealed class QuotaTests
{
    /// <summary>With surge one and nothing unavailable: two new, one old, one on its way out.</summary>
    private const int InARollout = 4;

    private static readonly string[] s_parts = ["operator", "metricServer", "webhooks"];

    [Fact]
    public void All_of_KEDA_can_be_rolled_at_once()
    {
        var quota = PlatformFiles.Yaml("base/quotas.yaml").One("ResourceQuota", "keda-system-quota").Map("spec", "hard");
        var resources = PlatformFiles.Yaml("base/keda/values/values.yaml").Single().At("resources");

        foreach (var (kind, what) in Counted())
        {
            var needed = s_parts.Sum(part => InARollout * Amount(resources.Word(part, kind, what)!));
            Assert.True(needed <= Amount(quota[$"{kind}.{what}"].Word()!), $"{kind}.{what}: {needed} needed, {quota[$"{kind}.{what}"]} allowed");
        }
    }

    /// <summary>What the source documents' 4 CPU would do: six pods at rest, and not one more.</summary>
    [Fact]
    public void The_documents_limit_would_have_had_no_room_for_a_rollout()
    {
        var resources = PlatformFiles.Yaml("base/keda/values/values.yaml").Single().At("resources");

        Assert.Equal(4m, s_parts.Sum(part => 2 * Amount(resources.Word(part, "limits", "cpu")!)));
    }

    [Fact]
    public void Every_container_of_KEDA_is_within_the_limits_of_its_namespace()
    {
        var limits = Assert.Single(PlatformFiles.Yaml("base/quotas.yaml").One("LimitRange", "keda-limit-range").Each("spec", "limits"));
        foreach (var values in new[] { "values", "values-dev" })
        {
            var resources = PlatformFiles.Yaml($"base/keda/values/{values}.yaml").Single().At("resources");
            foreach (var (part, (kind, what)) in resources.Map().Keys.SelectMany(p => Counted().Select(c => (p, c))))
                Assert.InRange(Amount(resources.Word(part, kind, what)!), Amount(limits.Word("min", what)!), Amount(limits.Word("max", what)!));
        }
    }

    [FactWithProgram(Overlays.Kubectl)]
    public void The_reactor_and_its_Redis_can_be_rolled_at_once_and_the_quota_asks_for_no_limit_that_they_do_not_have()
    {
        var rendered = Overlays.Of("prod");
        var quota = rendered.One("ResourceQuota", "keda-reactor-quota").Map("spec", "hard");
        var pods = new[] { (Of: rendered.One("Deployment", "sophia-keda-reactor"), Count: InARollout), (Of: rendered.One("StatefulSet", "sophia-keda-reactor-redis"), Count: 1) };
        Assert.All(pods, pod => Assert.Equal("keda-reactor", pod.Of.Namespace()));
        Assert.Equal("2", pods[0].Of.Word("spec", "replicas"));

        foreach (var (kind, what) in quota.Keys.Where(k => k.Contains('.')).Select(k => (k.Split('.')[0], k.Split('.')[1])))
        {
            // What a quota counts every pod must say.
            var needed = pods.Sum(pod => pod.Count * pod.Of.Each("spec", "template", "spec", "containers").Sum(c => Amount(c.Word("resources", kind, what)!)));
            Assert.True(needed <= Amount(quota[$"{kind}.{what}"].Word()!), $"{kind}.{what}: {needed} needed");
        }

        Assert.DoesNotContain(rendered.Kind("LimitRange"), l => l.Namespace() == "keda-reactor");
        Assert.True(pods.Sum(p => p.Count) <= Amount(quota["pods"].Word()!));
    }

    private static IEnumerable<(string Kind, string What)> Counted() => [("requests", "cpu"), ("requests", "memory"), ("limits", "cpu"), ("limits", "memory")];

    /// <summary>A quantity as Kubernetes writes it: 100m, 2, 128Mi, 4Gi.</summary>
    private static decimal Amount(string quantity)
    {
        (string Suffix, decimal Factor)[] suffixes = [("Gi", 1024m * 1024 * 1024), ("Mi", 1024m * 1024), ("m", 0.001m)];
        var found = suffixes.FirstOrDefault(s => quantity.EndsWith(s.Suffix, StringComparison.Ordinal));
        return found.Suffix is null
            ? decimal.Parse(quantity, CultureInfo.InvariantCulture)
            : decimal.Parse(quantity[..^found.Suffix.Length], CultureInfo.InvariantCulture) * found.Factor;
    }
}
