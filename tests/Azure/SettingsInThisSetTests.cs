using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Azure.Tests;

public sealed class SettingsInThisSetTests
{
    [Fact]
    public void An_identity_and_a_kubeconfig_are_taken_here()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "config");
        File.WriteAllText(file, "");

        Assert.Equal("system", Load(new() { ["Kubernetes:Server"] = "https://aks", ["Kubernetes:AzureIdentity"] = "system" }).Kubernetes.AzureIdentity);
        Assert.Equal(new KubeConfig(file, "prod"), Load(new() { ["Kubernetes:KubeConfig"] = file, ["Kubernetes:Context"] = "prod" }).Kubernetes.KubeConfig);
    }

    [Fact]
    public void The_way_that_was_chosen_is_told_without_a_secret()
    {
        var settings = Load(new() { ["Kubernetes:Server"] = "https://aks", ["Kubernetes:AzureIdentity"] = "11111111-2222-3333-4444-555555555555" });

        Assert.Equal("https://aks/ as the Azure identity 11111111-2222-3333-4444-555555555555", ClusterAccess.Of(settings.Kubernetes).Words);
    }

    [Fact]
    public void A_kubeconfig_that_can_not_be_used_is_a_fault_of_the_settings()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "config");
        File.WriteAllText(file, "not a kubeconfig");

        var fault = Assert.Throws<SettingsException>(() => ClusterAccess.Of(Load(new() { ["Kubernetes:KubeConfig"] = file }).Kubernetes));

        Assert.Contains(file, fault.Message);
    }

    private static ReactorSettings Load(Dictionary<string, string?> values)
    {
        values["Cluster:Name"] = "prod";
        values["Insecure"] = "true";
        return ReactorSettings.Load(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), new Exposure(true, "a test"));
    }
}
