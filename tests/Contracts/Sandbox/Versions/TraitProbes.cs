using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox.Versions;

/// <summary>For each behaviour of the table, how to see from outside whether a cluster has it.</summary>
internal static class TraitProbes
{
    private const string PrometheusTrigger =
        """{"spec":{"triggers":[{"type":"prometheus","metadata":{"serverAddress":"http://127.0.0.1:9090","query":"up","threshold":"5"}}]}}""";

    public static readonly IReadOnlyDictionary<KedaTrait, Func<World, bool>> All = new Dictionary<KedaTrait, Func<World, bool>>
    {
        [KedaTrait.FallbackHasBehaviors] = KeepsWhatRuns,
        [KedaTrait.ActivationIsForced] = ActivationIsForced,
        [KedaTrait.FalseDoesNotPause] = world => After(world, World.PausedKey, "false").Hpas.Any(),
        [KedaTrait.EmptyValueIsNotNoticed] = EmptyIsNotNoticed,
        [KedaTrait.OneDirectionPauses] = world => After(world, PauseAnnotations.ScaleInKey, "true").Hpa(World.KedaHpa).Object("spec").Object("behavior") is not null,
        [KedaTrait.PausedConditionIsBelieved] = ConditionIsBelieved,
        [KedaTrait.ConditionComesBeforeTheHpaGoes] = ConditionFirst,
        [KedaTrait.PausedConditionFlaps] = Flaps,
        [KedaTrait.PausedIsFalseAtBirth] = world => world.Condition("Paused") == "False",
        [KedaTrait.PauseEvents] = world => After(world, World.PausedKey, "true").Events("ScaledObjectPaused").Count > 0,
        [KedaTrait.OwnershipAnnotationLifts] = world => PauseBeside(world, ""","annotations":{"validations.keda.sh/hpa-ownership":"false"}""") == 200,
        [KedaTrait.OwnerReferenceLifts] = world => PauseBeside(
            world, $$""","ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"app","uid":"{{world.Target.Uid}}"}]""") == 200,
        [KedaTrait.AnnotationsAreCopied] = AnnotationsAreCopied,
        [KedaTrait.HpaCountsForReady] = HpaCountsForReady,
        [KedaTrait.HpaHasItsCondition] = world => world.Condition("HPAActive") == "True",
        [KedaTrait.TypesInStatus] = world => world.ScaledObject().Object("status").Text("triggersTypes") == "redis",
        [KedaTrait.ActivityInStatus] = world => world.ScaledObject().Object("status").Object("triggersActivity") is not null,
        [KedaTrait.ScalerMetricsVanish] = world => !Metric(After(world, World.PausedKey, "true"), "keda_scaler_active", ofApp: true),
        [KedaTrait.PausedMetric] = world => Metric(world, "keda_scaled_object_paused"),
        [KedaTrait.OldMetricNames] = world => AllOf(world, "keda_scaler_errors_total", "keda_scaled_object_errors", "keda_scaler_metrics_latency"),
        [KedaTrait.NewMetricNames] = world => AllOf(world, "keda_scaler_detail_errors_total", "keda_scaled_object_errors_total", "keda_scaler_metrics_latency_seconds"),
        [KedaTrait.HttpRequestMetric] = HttpRequests,
        [KedaTrait.EmptyResponseMetric] = EmptyResponses,
        [KedaTrait.DefinitionHasBounds] = world => world.Merge(world.ScaledObjectPath, """{"spec":{"pollingInterval":0}}""").Status == 422,
        [KedaTrait.EmptyTriggersAreRefused] = world => world.Merge(world.ScaledObjectPath, """{"spec":{"triggers":[]}}""").Status is 403 or 422,
        [KedaTrait.FallbackIsVerified] = world => world.Merge(world.ScaledObjectPath, """{"spec":{"triggers":[{"type":"cpu","metadata":{"value":"60"}}]}}""").Status == 403,
        [KedaTrait.LongNamesAreRefused] = LongNames,
        [KedaTrait.FallbackByScalingModifiers] = world => world.Merge(world.ScaledObjectPath, """
            {"spec":{"fallback":{"behavior":"scalingModifiers"},"advanced":{"scalingModifiers":{"formula":"jobs","target":"5"}}}}
            """).Status == 200,
        [KedaTrait.NamespacesAreShared] = world => world.Hpas.Any(),
        [KedaTrait.LeaseNameIsAnOption] = world => world.Call("GET", "/apis/coordination.k8s.io/v1/namespaces/keda-system/leases/of-its-own").Status == 200,
        [KedaTrait.LabelsAreShared] = world => !world.Hpas.Any(),
    };

    /// <summary>The cluster in which the behaviour shows; null: any.</summary>
    public static SandboxOptions? Options(KedaTrait trait) => trait switch
    {
        KedaTrait.NamespacesAreShared => new SandboxOptions { Operators = [new() { WatchNamespace = $"shared-services,{World.Ns}" }] },
        KedaTrait.LeaseNameIsAnOption => new SandboxOptions { Operators = [new() { Lease = "of-its-own" }] },
        KedaTrait.LabelsAreShared => new SandboxOptions { Operators = [new() { WatchLabelSelector = "team in (nobodys)" }] },
        _ => null,
    };

    private static World After(World world, string key, string value)
    {
        Assert.Equal(200, world.Annotate(key, value).Status);
        world.Wait(20);
        return world;
    }

    private static bool EmptyIsNotNoticed(World world)
    {
        After(world, World.PausedKey, "true");
        After(world, World.PausedKey, "");
        world.Unpause();
        world.Wait(60);
        return !world.Hpas.Any();
    }

    /// <summary>"" makes Paused=True and leaves the HPA: what comes of the HPA when a real pause follows?</summary>
    private static bool ConditionIsBelieved(World world)
    {
        After(world, World.PausedKey, "");
        Assert.Equal("True", world.Condition("Paused"));
        return After(world, World.PausedKey, "true").Hpas.Any();
    }

    private static bool ConditionFirst(World world)
    {
        world.Pause();
        world.MsUntil(() => world.Condition("Paused") == "True" || !world.Hpas.Any(), 200);
        return world.Hpas.Any();
    }

    /// <summary>Three of four un-pauses show it: eight in a row without are no accident.</summary>
    private static bool Flaps(World world)
    {
        for (var tries = 0; tries < 8; tries++)
        {
            After(world, World.PausedKey, "true");
            world.Unpause();
            world.MsUntil(() => world.Condition("Paused") == "False", 500);
            for (var ms = 0; ms < 2_000; ms += 10)
            {
                world.WaitMs(10);
                if (world.Condition("Paused") == "True")
                    return true;
            }
        }

        return false;
    }

    private static int PauseBeside(World world, string metadata)
    {
        Assert.Equal(201, world.Fallback(1, metadata).Status);
        return world.Pause().Status;
    }

    private static bool AnnotationsAreCopied(World world)
    {
        world.Annotate("example.org/mark", "x");
        After(world, World.PausedKey, "true");
        world.Unpause();
        world.Wait(5);
        return world.Hpa(World.KedaHpa).Object("metadata").Object("annotations").Text("example.org/mark") == "x";
    }

    private static bool HpaCountsForReady(World world)
    {
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(40);
        return world.Condition("Ready", "reason") == "HPAMetricsUnavailable";
    }

    private static bool HttpRequests(World world)
    {
        world.Merge(world.ScaledObjectPath, PrometheusTrigger);
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Prometheus);
        world.Wait(40);
        return Metric(world, "keda_scaler_http_requests_total");
    }

    private static bool EmptyResponses(World world)
    {
        world.Merge(world.ScaledObjectPath, PrometheusTrigger);
        world.Cluster.Faults.SetAnswersNothing(World.Ns, World.App, on: true);
        world.Wait(40);
        Assert.Equal("True", world.Condition("Ready"));
        return Metric(world, "keda_scaler_empty_upstream_responses_total");
    }

    private static bool KeepsWhatRuns(World world)
    {
        world.Merge(world.ScaledObjectPath, """
            {"spec":{"fallback":{"behavior":"currentReplicas"},"triggers":[{"type":"prometheus","metadata":{"serverAddress":"http://127.0.0.1:9090","query":"up","threshold":"5"}}]}}
            """);
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Prometheus);
        world.Wait(60);
        Assert.True(world.Replicas is 2 or 4, $"{world.Replicas} replicas");
        return world.Replicas == 2;
    }

    private static bool ActivationIsForced(World world)
    {
        world.Merge(world.ScaledObjectPath, """{"spec":{"minReplicaCount":0}}""");
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 0);
        world.Annotate(ScaledObjectView.ForceActivationKey, "true");
        world.Wait(500);
        return world.Replicas == 1;
    }

    private static bool LongNames(World world) => world.Call("POST", $"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}/scaledobjects", $$"""
        {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"{{new string('n', 60)}}"},"spec":{"scaleTargetRef":{"name":"elsewhere"},"triggers":[{"type":"redis","metadata":{} }]} }
        """).Status == 403;

    private static bool AllOf(World world, params string[] names)
    {
        var there = names.Count(name => Metric(world, name));
        Assert.True(there == 0 || there == names.Length, "some of the names are there and some are not");
        return there > 0;
    }

    private static bool Metric(World world, string name, bool ofApp = false) => world.Cluster.Metrics.Text()!.Split('\n')
        .Any(line => (line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            && (!ofApp || line.Contains("scaledObject=\"app\"", StringComparison.Ordinal)));
}
