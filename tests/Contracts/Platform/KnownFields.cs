namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>Of each custom kind in use: its fields that are in use or near it, as its definition has them in every version that is supported.</summary>
internal static class KnownFields
{
    private const string Metadata = """
        apiVersion
        kind
        metadata.name
        metadata.namespace
        metadata.labels map
        metadata.annotations map
        """;

    /// <summary>A kind, and then a field and its type a line: str when none is said, map for names with strings, any for what is free.</summary>
    private const string Text = """
        # keda.sh/v1alpha1 ScaledObject
        spec.scaleTargetRef.name
        spec.scaleTargetRef.kind
        spec.scaleTargetRef.apiVersion
        spec.scaleTargetRef.envSourceContainerName
        spec.pollingInterval int
        spec.cooldownPeriod int
        spec.idleReplicaCount int
        spec.minReplicaCount int
        spec.maxReplicaCount int
        spec.fallback.failureThreshold int
        spec.fallback.replicas int
        spec.advanced.restoreToOriginalReplicaCount bool
        spec.advanced.horizontalPodAutoscalerConfig.name
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds int
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.selectPolicy
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[].type
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[].value int
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[].periodSeconds int
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds int
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.selectPolicy
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies[].type
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies[].value int
        spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies[].periodSeconds int
        spec.triggers[].type
        spec.triggers[].name
        spec.triggers[].metricType
        spec.triggers[].useCachedMetrics bool
        spec.triggers[].metadata map
        spec.triggers[].authenticationRef.name
        spec.triggers[].authenticationRef.kind
        # keda.sh/v1alpha1 TriggerAuthentication
        spec.secretTargetRef[].parameter
        spec.secretTargetRef[].name
        spec.secretTargetRef[].key
        # external-secrets.io/v1 ClusterSecretStore
        spec.conditions[].namespaces[]
        spec.provider.vault.server
        spec.provider.vault.path
        spec.provider.vault.version
        spec.provider.vault.auth.kubernetes.mountPath
        spec.provider.vault.auth.kubernetes.role
        spec.provider.vault.auth.kubernetes.serviceAccountRef.name
        spec.provider.vault.auth.kubernetes.serviceAccountRef.namespace
        # external-secrets.io/v1 ExternalSecret
        spec.refreshInterval
        spec.secretStoreRef.name
        spec.secretStoreRef.kind
        spec.target.name
        spec.target.creationPolicy
        spec.data[].secretKey
        spec.data[].remoteRef.key
        spec.data[].remoteRef.property
        spec.data[].remoteRef.conversionStrategy
        spec.data[].remoteRef.decodingStrategy
        spec.data[].remoteRef.metadataPolicy
        spec.dataFrom[].extract.key
        spec.dataFrom[].extract.conversionStrategy
        spec.dataFrom[].extract.decodingStrategy
        spec.dataFrom[].extract.metadataPolicy
        # security.istio.io/v1 PeerAuthentication
        spec.selector.matchLabels map
        spec.mtls.mode
        spec.portLevelMtls.6379.mode
        spec.portLevelMtls.9090.mode
        # networking.istio.io/v1 ServiceEntry
        spec.hosts[]
        spec.ports[].number int
        spec.ports[].name
        spec.ports[].protocol
        spec.location
        spec.resolution
        spec.exportTo[]
        # argoproj.io/v1alpha1 AppProject
        spec.description
        spec.sourceRepos[]
        spec.destinations[].name
        spec.destinations[].namespace
        spec.clusterResourceWhitelist[].group
        spec.clusterResourceWhitelist[].kind
        spec.namespaceResourceBlacklist[].group
        spec.namespaceResourceBlacklist[].kind
        # argoproj.io/v1alpha1 ApplicationSet
        spec.goTemplate bool
        spec.goTemplateOptions[]
        spec.generators[].list.elements[] map
        spec.syncPolicy.preserveResourcesOnDeletion bool
        spec.template.metadata.name
        spec.template.metadata.namespace
        spec.template.metadata.annotations map
        spec.template.spec.project
        spec.template.spec.destination.name
        spec.template.spec.destination.namespace
        spec.template.spec.source.repoURL
        spec.template.spec.source.targetRevision
        spec.template.spec.source.path
        spec.template.spec.sources[].repoURL
        spec.template.spec.sources[].chart
        spec.template.spec.sources[].targetRevision
        spec.template.spec.sources[].path
        spec.template.spec.sources[].ref
        spec.template.spec.sources[].helm.releaseName
        spec.template.spec.sources[].helm.ignoreMissingValueFiles bool
        spec.template.spec.sources[].helm.valueFiles[]
        spec.template.spec.sources[].helm.parameters[].name
        spec.template.spec.sources[].helm.parameters[].value
        spec.template.spec.ignoreDifferences[].group
        spec.template.spec.ignoreDifferences[].kind
        spec.template.spec.ignoreDifferences[].name
        spec.template.spec.ignoreDifferences[].managedFieldsManagers[]
        spec.template.spec.ignoreDifferences[].jsonPointers[]
        spec.template.spec.ignoreDifferences[].jqPathExpressions[]
        spec.template.spec.syncPolicy.automated.prune bool
        spec.template.spec.syncPolicy.automated.selfHeal bool
        spec.template.spec.syncPolicy.syncOptions[]
        spec.template.spec.syncPolicy.retry.limit int
        spec.template.spec.syncPolicy.retry.backoff.duration
        spec.template.spec.syncPolicy.retry.backoff.factor int
        spec.template.spec.syncPolicy.retry.backoff.maxDuration
        # source.toolkit.fluxcd.io/v1 GitRepository
        spec.interval
        spec.url
        spec.ref.branch
        # source.toolkit.fluxcd.io/v1 HelmRepository
        spec.interval
        spec.url
        # helm.toolkit.fluxcd.io/v2 HelmRelease
        spec.interval
        spec.releaseName
        spec.chart.spec.chart
        spec.chart.spec.version
        spec.chart.spec.sourceRef.kind
        spec.chart.spec.sourceRef.name
        spec.install.disableWait bool
        spec.install.crds
        spec.upgrade.crds
        spec.valuesFrom[].kind
        spec.valuesFrom[].name
        spec.valuesFrom[].valuesKey
        spec.valuesFrom[].optional bool
        spec.values any
        # kustomize.toolkit.fluxcd.io/v1 Kustomization
        spec.dependsOn[].name
        spec.interval
        spec.retryInterval
        spec.sourceRef.kind
        spec.sourceRef.name
        spec.path
        spec.prune bool
        spec.postBuild.substitute map
        spec.patches[].target.group
        spec.patches[].target.kind
        spec.patches[].patch
        """;

    private static readonly string[] s_ownGroups = ["v1", "apps/v1", "policy/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1"];

    public static bool IsCustom(string apiVersion) => !s_ownGroups.Contains(apiVersion) && !apiVersion.StartsWith("kustomize.config", StringComparison.Ordinal);

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Read() => Text.Split("# ", StringSplitOptions.RemoveEmptyEntries)
        .Select(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(
            lines => lines[0].Trim(),
            lines => (IReadOnlyDictionary<string, string>)lines.Skip(1).Concat(Metadata.Split('\n')).Select(line => line.Trim().Split(' ')).ToDictionary(words => words[0], words => words.Length > 1 ? words[1] : "str"));
}
