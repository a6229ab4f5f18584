using System.Diagnostics;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>What kubectl itself makes of the folders; only where there is one that knows components (1.21 or newer).</summary>
public sealed class KustomizeTests
{
    [FactWithProgram("kubectl")]
    public async Task The_base_renders_with_every_binding_in_its_own_namespace()
    {
        var rendered = Shipped.Parse(await RenderAsync(Manifests.Folder)).ToList();

        // Writing belongs into each guarded namespace and nowhere else; KEDA's own is not guarded, there the operators' leases are listed.
        var guarded = Manifests.Settings["Kubernetes__Namespaces"].Split(',').Select(ns => (ns, "sophia-keda-reactor-writes"));
        foreach (var kind in new[] { "Role", "RoleBinding" })
            Assert.Equal(guarded.Append(("keda-system", "sophia-keda-reactor-leases")).Order(),
                rendered.Where(d => d.Word("kind") == kind).Select(d => (d.Word("metadata", "namespace")!, d.Word("metadata", "name")!)).Order());

        // The account stays where it is, whatever namespace the binding is put into.
        Assert.All(rendered.Where(d => d.Word("kind") == "RoleBinding"), d => Assert.Equal("keda-reactor", Assert.Single(d.Each("subjects")).Word("namespace")));
        string[] homeless = ["Namespace", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "FlowSchema"];
        Assert.All(rendered.Where(d => !homeless.Contains(d.Word("kind"))), d => Assert.Equal("keda-reactor", d.Word("metadata", "namespace")));
        Assert.DoesNotContain(rendered, d => d.Word("kind") == "Secret");
    }

    [FactWithProgram("kubectl")]
    public async Task With_a_Redis_of_its_own_the_reactor_speaks_to_it_without_TLS_and_a_change_of_settings_rolls_it()
    {
        var rendered = Shipped.Parse(await RenderAsync("infra/keda/base/reactor-with-redis")).ToList();

        var settings = rendered.Single(d => d.Word("kind") == "ConfigMap" && d.Word("data", "Cluster__Name") is not null);
        Assert.Equal("false", settings.Word("data", "State__Redis__Tls"));
        var container = Assert.Single(rendered.Single(d => d.Word("kind") == "Deployment").Each("spec", "template", "spec", "containers"));
        Assert.Equal(settings.Word("metadata", "name"), Assert.Single(container.Each("envFrom")).Word("configMapRef", "name"));
        Assert.Equal("sophia-keda-reactor:dev", container.Word("image"));
        Assert.Contains(rendered, d => d.Word("kind") == "StatefulSet");
    }

    [FactWithProgram("kubectl")]
    public async Task Monitoring_renders_with_its_dashboard_as_Grafana_looks_for_it()
    {
        var rendered = Shipped.Parse(await RenderAsync("infra/keda/monitoring")).ToList();

        Assert.Equal(["ConfigMap", "ConfigMap", "ConfigMap", "PrometheusRule", "PrometheusRule", "PrometheusRule", "ServiceMonitor", "ServiceMonitor", "ServiceMonitor", "ServiceMonitor"],
            rendered.Select(d => d.Word("kind")!).Order(StringComparer.Ordinal));
        var dashboard = rendered.Single(d => d.Word("metadata", "labels", "grafana_dashboard") == "1");
        Assert.Equal("keda-sophia-intel-dashboard", dashboard.Word("metadata", "name"));
        Assert.Equal(Shipped.Text("infra/keda/monitoring/grafana-dashboard.json"), dashboard.Word("data", "keda-sophia-intel.json"));
    }

    private static async Task<string> RenderAsync(string folder)
    {
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Shipped.PathOf(folder)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var errors = kubectl.StandardError.ReadToEndAsync();
        var text = await kubectl.StandardOutput.ReadToEndAsync();
        await kubectl.WaitForExitAsync();
        Assert.True(kubectl.ExitCode == 0, await errors);
        return text;
    }
}
