using Sophia.Keda.Reactor.Core;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>The scalers: the source documents' numbers, where those would work.</summary>
public sealed class ScalerTests
{
    private static readonly Lazy<IReadOnlyList<YamlMappingNode>> s_scalers = new(() =>
        [.. Directory.GetFiles(PlatformFiles.PathOf("scalers"), "*-scaledobject.yaml").Order(StringComparer.Ordinal).SelectMany(file => PlatformFiles.Parse(File.ReadAllText(file)))]);

    public static TheoryData<string> All => Overlays.All;

    [Theory]
    [InlineData("artemis-redis-scaler", "artemis-mesh", "artemis-orchestrator", 2, 20, 5, 30)]
    [InlineData("sophia-ai-prometheus-scaler", "sophia-mesh", "sophia-orchestrator", 3, 30, 10, 60)]
    [InlineData("sophia-ai-services", "sophia-mesh", "sophia-ai-services", 2, 15, 5, 60)]
    [InlineData("artemis-batch-processor", "artemis-mesh", "artemis-batch-processor", 1, 10, 60, 60)]
    public void Each_has_the_specifications_numbers(string name, string ns, string target, int min, int max, int polling, int cooldown)
    {
        var spec = s_scalers.Value.One("ScaledObject", name, ns).At("spec");

        Assert.Equal((target, min, max), (spec.Word("scaleTargetRef", "name"), spec.Number("minReplicaCount"), spec.Number("maxReplicaCount")));
        Assert.Equal((polling, cooldown), (spec.Number("pollingInterval"), spec.Number("cooldownPeriod")));
    }

    [Fact]
    public void Each_queue_of_the_specification_is_worked_off_and_has_its_thresholds()
    {
        var queues = Triggers("redis").Select(t => (List: t.Word("metadata", "listName")!, t.Word("metadata", "listLength")!, t.Word("metadata", "activationListLength")!)).ToHashSet();

        Assert.Equal(
            new HashSet<(string, string, string)> { ("artemis:task:queue", "10", "5"), ("sophia:task:queue", "10", "5"), ("artemis:batch:queue", "10", "5"), ("sophia:inference:queue", "5", "2") },
            queues);
        var known = PlatformFiles.Yaml("base/configmaps.yaml").One("ConfigMap", "keda-redis-config").Word("data", "REDIS_QUEUE_PREFIXES")!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(known.Order(StringComparer.Ordinal), queues.Select(q => q.List).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("inference-latency-p95", "Value", "2", "1.5")]
    [InlineData("gpu-utilization", "Value", "70", "60")]
    [InlineData("request-rate", "AverageValue", "100", "10")]
    public void A_latency_and_a_utilisation_are_not_averaged_over_replicas_and_a_rate_is(string name, string type, string threshold, string activation)
    {
        var trigger = Triggers("prometheus").Single(t => t.Word("name") == name);

        Assert.Equal((type, threshold, activation), (trigger.Word("metricType"), trigger.Word("metadata", "threshold"), trigger.Word("metadata", "activationThreshold")));
    }

    /// <summary>KEDA takes more than one element in the answer for an error.</summary>
    [Fact]
    public void Every_query_is_an_aggregation_to_one_number()
    {
        Assert.All(Triggers("prometheus").Select(t => t.Word("metadata", "query")!), query =>
        {
            Assert.Matches(@"^(histogram_quantile\(0\.\d+, sum\(.*\) by \(le\)\)|(sum|avg)\(.*\))$", query);
            Assert.DoesNotContain("pod", query, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Redis_is_asked_by_TLS_with_the_authority_that_signed_its_certificate_and_by_address()
    {
        Assert.All(Triggers("redis"), t =>
        {
            Assert.Equal("true", t.Word("metadata", "enableTLS"));
            Assert.NotNull(t.Word("metadata", "address"));
            Assert.Null(t.Word("metadata", "addressFromEnv"));
        });
        Assert.All(PlatformFiles.Yaml("scalers/trigger-authentication.yaml"), a => Assert.Equal(["password", "ca"], a.Each("spec", "secretTargetRef").Select(t => t.Word("parameter")!)));
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_address_is_the_one_of_the_ConfigMaps(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var redis = rendered.One("ConfigMap", "keda-redis-config").Word("data", "REDIS_HOST");
        var prometheus = rendered.One("ConfigMap", "keda-prometheus-config").Word("data", "PROMETHEUS_URL");
        var triggers = rendered.Kind("ScaledObject").SelectMany(s => s.Each("spec", "triggers")).ToList();

        Assert.All(triggers.Where(t => t.Word("type") == "redis"), t => Assert.Equal(redis, t.Word("metadata", "address")));
        Assert.All(triggers.Where(t => t.Word("type") == "prometheus"), t => Assert.Equal(prometheus, t.Word("metadata", "serverAddress")));

        // That kustomize copies them, and not only that they are the same: the source is said once.
        var copies = PlatformFiles.Yaml("gitops/common/kustomization.yaml").Single().Each("replacements").Select(r => r.Word("source", "fieldPath"));
        Assert.Equal(["data.REDIS_HOST", "data.PROMETHEUS_URL"], copies);
    }

    /// <summary>Read by the reactor's own reader: pausing stops cron, and the fallback keeps its promise.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_schedule_can_be_read_and_asks_for_no_more_than_the_most(string overlay)
    {
        var crons = Overlays.Of(overlay).Kind("ScaledObject").SelectMany(s => s.Each("spec", "triggers").Where(t => t.Word("type") == "cron").Select(t => (s, t.At("metadata")))).ToList();

        Assert.Equal(3, crons.Count);
        foreach (var (scaled, cron) in crons)
        {
            Assert.True(CronExpression.TryParse(cron.Word("start"), out _) && CronExpression.TryParse(cron.Word("end"), out _), scaled.Called());
            Assert.True(TimeZoneInfo.TryFindSystemTimeZoneById(cron.Word("timezone")!, out _), scaled.Called());
            Assert.InRange(cron.Number("desiredReplicas"), scaled.Number("spec", "minReplicaCount"), scaled.Number("spec", "maxReplicaCount"));
        }
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void A_fallback_of_KEDAs_own_is_within_the_range_and_only_where_every_version_has_it(string overlay)
    {
        foreach (var scaled in Overlays.Of(overlay).Kind("ScaledObject").Where(s => s.At("spec", "fallback") is not null))
        {
            Assert.InRange(scaled.Number("spec", "fallback", "replicas"), scaled.Number("spec", "minReplicaCount"), scaled.Number("spec", "maxReplicaCount"));

            // KEDA 2.13: for averaged external metrics only.
            Assert.All(scaled.Each("spec", "triggers"), t => Assert.True(t.Word("type") == "redis" && t.At("metricType") is null, scaled.Called()));
        }
    }

    /// <summary>The specification's "cooldown, scale down: 60-120 s": cooldownPeriod does nothing above 0 replicas.</summary>
    [Fact]
    public void Scaling_up_waits_for_nothing_and_scaling_down_for_one_to_two_minutes() =>
        Assert.All(s_scalers.Value.Select(s => s.At("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")), behavior =>
        {
            Assert.Equal(0, behavior.Number("scaleUp", "stabilizationWindowSeconds"));
            Assert.InRange(behavior.Number("scaleDown", "stabilizationWindowSeconds"), 60, 120);
        });

    private static IEnumerable<YamlNode> Triggers(string type) => s_scalers.Value.SelectMany(s => s.Each("spec", "triggers")).Where(t => t.Word("type") == type);
}
