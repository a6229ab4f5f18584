using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>Whatever one object names is there.</summary>
public sealed class ReferenceTests
{
    /// <summary>Theirs who run the workloads, the mesh and the cluster; nothing here makes them.</summary>
    private static readonly string[] s_given = ["artemis-mesh", "sophia-mesh", "shared-services", "istio-system", "kube-system"];

    /// <summary>Made by KEDA's chart (serviceAccount.*.name), and by Kubernetes itself.</summary>
    private static readonly string[] s_givenAccounts = ["keda-system/keda-operator", "keda-system/keda-metrics-server", "keda-system/keda-webhook", "kube-system/horizontal-pod-autoscaler"];

    private static readonly string[] s_givenRoles = ["ClusterRole/system:auth-delegator", "Role/kube-system/extension-apiserver-authentication-reader"];

    public static TheoryData<string> All => Overlays.All;

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_namespace_is_made_here_or_one_of_the_given_ones(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var made = rendered.Kind("Namespace").Select(n => n.Name()).ToList();

        Assert.Equal(["keda-reactor", "keda-system"], made.Order(StringComparer.Ordinal));
        Assert.All(rendered.Where(d => d.Namespace().Length > 0), d => Assert.Contains(d.Namespace(), made.Concat(s_given)));
        Assert.All(rendered.Kind("Namespace"), n => Assert.Equal("restricted", n.Word("metadata", "labels", "pod-security.kubernetes.io/enforce")));
    }

    /// <summary>No policy here lets a sidecar reach istiod, and the reactor has to work when the mesh does not.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void KEDA_and_the_reactor_have_no_sidecars_and_the_mesh_expects_no_mutual_TLS_of_them(string overlay)
    {
        var rendered = Overlays.Of(overlay);

        Assert.All(rendered.Kind("Namespace"), n =>
        {
            Assert.Equal("disabled", n.Word("metadata", "labels", "istio-injection"));
            var whole = rendered.Kind("PeerAuthentication").Single(p => p.Namespace() == n.Name() && p.At("spec", "selector") is null);
            Assert.Equal("DISABLE", whole.Word("spec", "mtls", "mode"));
        });
        Assert.DoesNotContain(rendered.Where(d => d.Kind() is "Deployment" or "StatefulSet"), d => d.At("spec", "template", "metadata", "labels", "sidecar.istio.io/inject") is not null);
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void No_two_objects_have_one_name(string overlay) =>
        Assert.All(Overlays.Of(overlay).GroupBy(d => (d.Word("apiVersion"), d.Called())), same => Assert.Single(same));

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_binding_names_a_role_and_accounts_that_exist(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var roles = rendered.Kind("Role").Select(r => $"Role/{r.Namespace()}/{r.Name()}").Concat(rendered.Kind("ClusterRole").Select(r => $"ClusterRole/{r.Name()}")).Concat(s_givenRoles).ToHashSet();
        var accounts = rendered.Kind("ServiceAccount").Select(a => $"{a.Namespace()}/{a.Name()}").Concat(s_givenAccounts).ToHashSet();

        foreach (var binding in rendered.Where(d => d.Kind() is "RoleBinding" or "ClusterRoleBinding"))
        {
            var role = binding.Word("roleRef", "kind") == "Role" ? $"Role/{binding.Namespace()}/{binding.Word("roleRef", "name")}" : $"ClusterRole/{binding.Word("roleRef", "name")}";
            Assert.True(roles.Contains(role), $"{binding.Called()} names {role}");
            Assert.All(binding.Each("subjects"), s => Assert.Contains($"{s.Word("namespace")}/{s.Word("name")}", accounts));
        }

        var bound = rendered.Where(d => d.Kind() is "RoleBinding" or "ClusterRoleBinding").Select(b => b.Word("roleRef", "name")).ToHashSet();
        Assert.All(rendered.Where(d => d.Kind() is "Role" or "ClusterRole"), r => Assert.True(bound.Contains(r.Name()), $"{r.Called()} is bound to nobody"));
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_Service_finds_pods_that_listen_where_it_sends_to(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        foreach (var service in rendered.Kind("Service"))
        {
            var pods = Pods.Selected(Pods.In(rendered), service.Namespace(), service.Map("spec", "selector")).ToList();
            Assert.True(pods.Count == 1, $"{service.Called()} selects {pods.Count} kinds of pods");
            foreach (var port in service.Each("spec", "ports"))
            {
                var to = port.Word("targetPort") ?? port.Word("port")!;
                Assert.True(pods[0].Ports.ContainsKey(to) || pods[0].Ports.Values.Any(number => $"{number}" == to), $"{service.Called()}: nobody listens on {to}");
            }
        }
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void No_Deployment_has_two_ScaledObjects_and_none_that_KEDA_scales_is_in_git_with_replicas(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var targets = rendered.Kind("ScaledObject").Select(s => $"{s.Namespace()}/{s.Word("spec", "scaleTargetRef", "name")}").ToList();

        Assert.Equal(4, targets.Count);
        Assert.Equal(targets.Count, targets.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain(rendered.Where(d => d.Kind() is "Deployment" or "StatefulSet"), d => targets.Contains($"{d.Namespace()}/{d.Name()}"));
        Assert.Empty(rendered.Kind("HorizontalPodAutoscaler"));
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_trigger_finds_its_authentication_and_that_finds_each_key_of_its_Secret(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var authentications = rendered.Kind("TriggerAuthentication").ToDictionary(a => $"{a.Namespace()}/{a.Name()}");
        var secrets = Secrets(rendered);

        foreach (var (scaled, trigger) in rendered.Kind("ScaledObject").SelectMany(s => s.Each("spec", "triggers").Select(t => (s, t))))
        {
            if (trigger.Word("authenticationRef", "name") is { } name)
                Assert.True(authentications.ContainsKey($"{scaled.Namespace()}/{name}"), $"{scaled.Called()} names {name}");
            else
                Assert.NotEqual("redis", trigger.Word("type"));
        }

        foreach (var (authentication, target) in authentications.Values.SelectMany(a => a.Each("spec", "secretTargetRef").Select(t => (a, t))))
            Assert.Contains(target.Word("key")!, secrets[$"{authentication.Namespace()}/{target.Word("name")}"]);
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("staging")]
    [InlineData("prod")]
    public void External_Secrets_may_read_the_store_from_where_they_stand_and_bring_the_reactor_its_own(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var store = Assert.Single(rendered.Kind("ClusterSecretStore"));
        var allowed = store.Each("spec", "conditions").SelectMany(c => c.Words("namespaces")).ToList();

        foreach (var secret in rendered.Kind("ExternalSecret"))
        {
            Assert.Equal((store.Name(), "ClusterSecretStore"), (secret.Word("spec", "secretStoreRef", "name"), secret.Word("spec", "secretStoreRef", "kind")));
            Assert.Contains(secret.Namespace(), allowed);
        }

        Assert.Equal(allowed.Order(StringComparer.Ordinal), rendered.Kind("ExternalSecret").Select(e => e.Namespace()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        var account = store.At("spec", "provider", "vault", "auth", "kubernetes", "serviceAccountRef");
        Assert.Contains($"{account.Word("namespace")}/{account.Word("name")}", s_givenAccounts);
        Assert.True(Secrets(rendered).ContainsKey("keda-reactor/sophia-keda-reactor"));
    }

    /// <summary>Namespace/name to its keys; of one that takes all of a remote entry the keys are not known here.</summary>
    private static Dictionary<string, List<string>> Secrets(IReadOnlyList<YamlMappingNode> rendered)
    {
        var made = rendered.Kind("Secret").ToDictionary(s => $"{s.Namespace()}/{s.Name()}", s => s.Map("data").Keys.ToList());
        foreach (var external in rendered.Kind("ExternalSecret"))
            made.Add($"{external.Namespace()}/{external.Word("spec", "target", "name")}", [.. external.Each("spec", "data").Select(d => d.Word("secretKey")!)]);
        return made;
    }
}
