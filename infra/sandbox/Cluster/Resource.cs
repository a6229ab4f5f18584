using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>One kind of object that the API server knows.</summary>
public sealed record Resource(string Group, string Version, string Plural, string Singular, string Kind)
{
    public bool Namespaced { get; init; } = true;

    /// <summary>A custom resource: objects carry apiVersion and kind inside lists, keys come sorted, strategic merge is refused.</summary>
    public bool Custom { get; init; }
    public ImmutableArray<string> ShortNames { get; init; } = [];
    public ImmutableArray<string> Categories { get; init; } = [];
    public bool HasScale { get; init; }
    public bool HasStatus { get; init; } = true;

    /// <summary>Spec changes count metadata.generation up. HPAs and leases have no generation.</summary>
    public bool HasGeneration { get; init; }

    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As error messages name it: scaledobjects.keda.sh.</summary>
    public string Qualified { get; } = Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>As some error messages name it: ScaledObject.keda.sh.</summary>
    public string QualifiedKind { get; } = Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>Every look into the store hashes one; the plural says nearly all, and the record's own hash goes through every field.</summary>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Plural);

    public override string ToString() => Qualified;
}

public static class Resources
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Fairness = "flowcontrol.apiserver.k8s.io";
    private const string Admission = "admissionregistration.k8s.io";

    public static readonly Resource Namespaces = new("", "v1", "namespaces", "namespace", "Namespace") { Namespaced = false, ShortNames = ["ns"] };
    public static readonly Resource Events = new("", "v1", "events", "event", "Event") { ShortNames = ["ev"], HasStatus = false };
    public static readonly Resource ServiceAccounts = new("", "v1", "serviceaccounts", "serviceaccount", "ServiceAccount") { ShortNames = ["sa"], HasStatus = false };
    public static readonly Resource Quotas = new("", "v1", "resourcequotas", "resourcequota", "ResourceQuota") { ShortNames = ["quota"] };
    public static readonly Resource Roles = new(Rbac, "v1", "roles", "role", "Role") { HasStatus = false };
    public static readonly Resource RoleBindings = new(Rbac, "v1", "rolebindings", "rolebinding", "RoleBinding") { HasStatus = false };
    public static readonly Resource ClusterRoles = new(Rbac, "v1", "clusterroles", "clusterrole", "ClusterRole") { Namespaced = false, HasStatus = false };
    public static readonly Resource ClusterRoleBindings = new(Rbac, "v1", "clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding")
    { Namespaced = false, HasStatus = false };
    public static readonly Resource Deployments = new("apps", "v1", "deployments", "deployment", "Deployment")
    { ShortNames = ["deploy"], Categories = ["all"], HasScale = true, HasGeneration = true };
    public static readonly Resource StatefulSets = new("apps", "v1", "statefulsets", "statefulset", "StatefulSet")
    { ShortNames = ["sts"], Categories = ["all"], HasScale = true, HasGeneration = true };
    public static readonly Resource Hpas = new("autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler", "HorizontalPodAutoscaler")
    { ShortNames = ["hpa"], Categories = ["all"] };
    public static readonly Resource Leases = new("coordination.k8s.io", "v1", "leases", "lease", "Lease") { HasStatus = false };
    public static readonly Resource ApiServices = new("apiregistration.k8s.io", "v1", "apiservices", "apiservice", "APIService")
    { Namespaced = false, Categories = ["api-extensions"] };
    public static readonly Resource ValidatingAdmissionPolicies =
        new(Admission, "v1", "validatingadmissionpolicies", "validatingadmissionpolicy", "ValidatingAdmissionPolicy")
        { Namespaced = false, Categories = ["api-extensions"], HasGeneration = true };
    public static readonly Resource ValidatingAdmissionPolicyBindings =
        new(Admission, "v1", "validatingadmissionpolicybindings", "validatingadmissionpolicybinding", "ValidatingAdmissionPolicyBinding")
        { Namespaced = false, Categories = ["api-extensions"], HasStatus = false, HasGeneration = true };
    public static readonly Resource FlowSchemas = new(Fairness, "v1", "flowschemas", "flowschema", "FlowSchema") { Namespaced = false, HasGeneration = true };
    public static readonly Resource PriorityLevels =
        new(Fairness, "v1", "prioritylevelconfigurations", "prioritylevelconfiguration", "PriorityLevelConfiguration") { Namespaced = false, HasGeneration = true };
    public static readonly Resource WebhookConfigurations =
        new(Admission, "v1", "validatingwebhookconfigurations", "validatingwebhookconfiguration", "ValidatingWebhookConfiguration")
        { Namespaced = false, Categories = ["api-extensions"], HasStatus = false, HasGeneration = true };
    public static readonly Resource Definitions =
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "customresourcedefinition", "CustomResourceDefinition")
        { Namespaced = false, ShortNames = ["crd", "crds"], Categories = ["api-extensions"], HasGeneration = true };
    public static readonly Resource ScaledObjects = new("keda.sh", "v1alpha1", "scaledobjects", "scaledobject", "ScaledObject")
    { Custom = true, ShortNames = ["so"], HasGeneration = true };
    public static readonly Resource ScaledJobs = new("keda.sh", "v1alpha1", "scaledjobs", "scaledjob", "ScaledJob")
    { Custom = true, ShortNames = ["sj"], HasGeneration = true };
    public static readonly Resource TriggerAuthentications = new("keda.sh", "v1alpha1", "triggerauthentications", "triggerauthentication", "TriggerAuthentication")
    { Custom = true, ShortNames = ["ta", "triggerauth"], HasGeneration = true };

    public static readonly Resource ClusterTriggerAuthentications =
        new("keda.sh", "v1alpha1", "clustertriggerauthentications", "clustertriggerauthentication", "ClusterTriggerAuthentication")
        { Namespaced = false, Custom = true, ShortNames = ["cta", "clustertriggerauth"], HasGeneration = true };

    public static readonly Resource Rollouts = new("argoproj.io", "v1alpha1", "rollouts", "rollout", "Rollout")
    { Custom = true, ShortNames = ["ro"], HasScale = true, HasGeneration = true };
    public static readonly Resource VerticalPodAutoscalers = new("autoscaling.k8s.io", "v1", "verticalpodautoscalers", "verticalpodautoscaler", "VerticalPodAutoscaler")
    { Custom = true, ShortNames = ["vpa"], HasGeneration = true };

    /// <summary>Only kept: nothing here follows them. Who puts a Service there puts its EndpointSlice beside it.</summary>
    public static readonly Resource ConfigMaps = new("", "v1", "configmaps", "configmap", "ConfigMap") { ShortNames = ["cm"], HasStatus = false };
    public static readonly Resource Secrets = new("", "v1", "secrets", "secret", "Secret") { HasStatus = false };
    public static readonly Resource Services = new("", "v1", "services", "service", "Service") { ShortNames = ["svc"], Categories = ["all"], HasStatus = false };
    public static readonly Resource LimitRanges = new("", "v1", "limitranges", "limitrange", "LimitRange") { ShortNames = ["limits"], HasStatus = false };
    public static readonly Resource DisruptionBudgets = new("policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget")
    { ShortNames = ["pdb"], HasGeneration = true };
    public static readonly Resource EndpointSlices = new("discovery.k8s.io", "v1", "endpointslices", "endpointslice", "EndpointSlice") { HasStatus = false };
    public static readonly Resource NetworkPolicies = new("networking.k8s.io", "v1", "networkpolicies", "networkpolicy", "NetworkPolicy")
    { ShortNames = ["netpol"], HasStatus = false, HasGeneration = true };
    public static readonly Resource VirtualServices = new("networking.istio.io", "v1", "virtualservices", "virtualservice", "VirtualService")
    { Custom = true, ShortNames = ["vs"], HasGeneration = true };
    public static readonly Resource DestinationRules = new("networking.istio.io", "v1", "destinationrules", "destinationrule", "DestinationRule")
    { Custom = true, ShortNames = ["dr"], HasGeneration = true };
    public static readonly Resource PrometheusRules = new("monitoring.coreos.com", "v1", "prometheusrules", "prometheusrule", "PrometheusRule")
    { Custom = true, ShortNames = ["promrule"], HasGeneration = true };
    public static readonly Resource ServiceMonitors = new("monitoring.coreos.com", "v1", "servicemonitors", "servicemonitor", "ServiceMonitor")
    { Custom = true, ShortNames = ["smon"], HasGeneration = true };

    public static readonly Resource ServiceEntries = new("networking.istio.io", "v1", "serviceentries", "serviceentry", "ServiceEntry")
    { Custom = true, ShortNames = ["se"], HasGeneration = true };
    public static readonly Resource PeerAuthentications = new("security.istio.io", "v1", "peerauthentications", "peerauthentication", "PeerAuthentication")
    { Custom = true, ShortNames = ["pa"], HasGeneration = true };
    public static readonly Resource ExternalSecrets = new("external-secrets.io", "v1", "externalsecrets", "externalsecret", "ExternalSecret")
    { Custom = true, ShortNames = ["es"], HasGeneration = true };
    public static readonly Resource ClusterSecretStores = new("external-secrets.io", "v1", "clustersecretstores", "clustersecretstore", "ClusterSecretStore")
    { Custom = true, Namespaced = false, ShortNames = ["css"], HasGeneration = true };
    public static readonly Resource Applications = new("argoproj.io", "v1alpha1", "applications", "application", "Application")
    { Custom = true, ShortNames = ["app"], HasStatus = false, HasGeneration = true };
    public static readonly Resource ApplicationSets = new("argoproj.io", "v1alpha1", "applicationsets", "applicationset", "ApplicationSet")
    { Custom = true, ShortNames = ["appset"], HasGeneration = true };
    public static readonly Resource AppProjects = new("argoproj.io", "v1alpha1", "appprojects", "appproject", "AppProject")
    { Custom = true, ShortNames = ["appproj"], HasStatus = false, HasGeneration = true };
    public static readonly Resource GitRepositories = new("source.toolkit.fluxcd.io", "v1", "gitrepositories", "gitrepository", "GitRepository")
    { Custom = true, ShortNames = ["gitrepo"], HasGeneration = true };
    public static readonly Resource HelmRepositories = new("source.toolkit.fluxcd.io", "v1", "helmrepositories", "helmrepository", "HelmRepository")
    { Custom = true, ShortNames = ["helmrepo"], HasGeneration = true };
    public static readonly Resource FluxKustomizations = new("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "kustomization", "Kustomization")
    { Custom = true, ShortNames = ["ks"], HasGeneration = true };
    public static readonly Resource HelmReleases = new("helm.toolkit.fluxcd.io", "v2", "helmreleases", "helmrelease", "HelmRelease")
    { Custom = true, ShortNames = ["hr"], HasGeneration = true };

    /// <summary>The other view of the same event objects: never stored, translated when read.</summary>
    public static readonly Resource EventsV1 = new("events.k8s.io", "v1", "events", "event", "Event") { ShortNames = ["ev"], HasStatus = false };

    public static readonly ImmutableArray<Resource> Stored =
    [
        Namespaces, Events, Deployments, StatefulSets, Hpas, Leases, ApiServices, ScaledJobs, ScaledObjects, TriggerAuthentications, ClusterTriggerAuthentications,
        ServiceAccounts, Quotas, Rollouts, VerticalPodAutoscalers, Roles, RoleBindings, ClusterRoles, ClusterRoleBindings,
        ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings, WebhookConfigurations, Definitions,
        ConfigMaps, Secrets, Services, EndpointSlices, NetworkPolicies, VirtualServices, DestinationRules, PrometheusRules, ServiceMonitors,
        LimitRanges, DisruptionBudgets, FlowSchemas, PriorityLevels, ServiceEntries, PeerAuthentications, ExternalSecrets, ClusterSecretStores,
        Applications, ApplicationSets, AppProjects, GitRepositories, HelmRepositories, FluxKustomizations, HelmReleases,
    ];

    public static readonly ImmutableArray<Resource> Served = [.. Stored, EventsV1];

    /// <summary>The workload kinds that an HPA or a ScaledObject may point at here.</summary>
    public static Resource? ScaleTarget(string? kind) => kind switch
    {
        null or "" or "Deployment" => Deployments,
        "StatefulSet" => StatefulSets,
        "Rollout" => Rollouts,
        _ => null,
    };
}
