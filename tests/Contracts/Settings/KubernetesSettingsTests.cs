using System.Text;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.Cluster;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class KubernetesSettingsTests
{
    private const string Server = "https://10.0.0.1:6443";

    [Fact]
    public void The_authority_may_be_given_as_a_kubeconfig_has_it()
    {
        using var certificates = new Certificates();
        var settings = Load(("Server", Server), ("CaData", Convert.ToBase64String(Encoding.UTF8.GetBytes(certificates.AuthorityPem))));

        Assert.Equal(certificates.AuthorityPem, settings.CaPem);
        Assert.Equal($"{Server}/", ClusterAccess.Of(settings).Words);
    }

    [Fact]
    public void Only_one_proof_of_who_we_are_may_be_set()
    {
        using var file = new TemporaryFile("token");

        Assert.Equal(["Kubernetes:Token"], Faults(("Server", Server), ("Token", "t"), ("TokenFile", file.Path)));
    }

    [Fact]
    public void A_file_must_be_there()
    {
        Assert.Equal(["Kubernetes:TokenFile"], Faults(("Server", Server), ("TokenFile", "/not/there")));
        Assert.Equal(["Kubernetes:CaFile"], Faults(("Server", Server), ("CaFile", "/not/there")));
    }

    [Fact]
    public void A_token_is_one_word() =>
        Assert.Contains("Kubernetes:Token: found white space", Assert.Throws<SettingsException>(() => Load(("Server", Server), ("Token", "two words"))).Message);

    [Fact]
    public void Only_one_authority_may_be_set()
    {
        using var file = new TemporaryFile("ca");

        Assert.Equal(["Kubernetes:CaFile"], Faults(("Server", Server), ("CaFile", file.Path), ("CaData", "AAAA")));
        Assert.Equal(["Kubernetes:CaData"], Faults(("Server", Server), ("CaData", "no base64!")));
    }

    [Fact]
    public void An_authority_that_holds_no_certificate_is_refused_at_start() =>
        Assert.Contains("no certificate", Assert.Throws<SettingsException>(() => ClusterAccess.Of(Load(("Server", Server), ("CaData", "AAAA")))).Message);

    [Fact]
    public void A_proof_or_an_authority_without_a_server_is_refused_since_a_pods_own_cluster_needs_neither()
    {
        Assert.Equal(["Kubernetes:Server"], Faults(("Token", "t")));
        Assert.Equal(["Kubernetes:Server"], Faults(("CaData", "AAAA")));
    }

    [Fact]
    public void A_kubeconfig_stands_alone()
    {
        using var file = new TemporaryFile("config");

        Assert.Contains("Kubernetes:KubeConfig", Faults(("KubeConfig", file.Path), ("Server", Server)));
        Assert.Contains("Kubernetes:KubeConfig", Faults(("KubeConfig", file.Path), ("Token", "t")));
        Assert.Equal(["Kubernetes:Context"], Faults(("Server", Server), ("Context", "prod")));
        Assert.Contains("Kubernetes:KubeConfig", Faults(("KubeConfig", "/not/there")));
    }

    [Fact]
    public void An_identity_is_one_of_three_words()
    {
        Assert.Contains("client id", Assert.Throws<SettingsException>(() => Load(("Server", Server), ("AzureIdentity", "me"))).Message);
    }

    [Fact]
    public void An_identity_and_a_kubeconfig_are_taken()
    {
        using var file = new TemporaryFile("config");

        Assert.Equal("system", Load(("Server", Server), ("AzureIdentity", "system")).AzureIdentity);
        Assert.Equal(new KubeConfig(file.Path, "prod"), Load(("KubeConfig", file.Path), ("Context", "prod")).KubeConfig);
    }

    [Fact]
    public void The_way_that_was_chosen_is_told_without_a_secret()
    {
        var kubernetes = Load(("Server", "https://aks"), ("AzureIdentity", "11111111-2222-3333-4444-555555555555"));

        Assert.Equal("https://aks/ as the Azure identity 11111111-2222-3333-4444-555555555555", ClusterAccess.Of(kubernetes).Words);
    }

    [Fact]
    public void A_kubeconfig_that_can_not_be_used_is_a_fault_of_the_settings()
    {
        using var file = new TemporaryFile("not a kubeconfig");

        Assert.Contains(file.Path, Assert.Throws<SettingsException>(() => ClusterAccess.Of(Load(("KubeConfig", file.Path)))).Message);
    }

    [Fact]
    public void Outside_a_pod_something_must_be_set() =>
        Assert.Contains("this is not a pod", Assert.Throws<SettingsException>(() => ClusterAccess.Of(Load())).Message);

    private static KubernetesSettings Load(params (string Name, string Value)[] values) => ReactorSettings.Load(
        new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Insecure", "true"),
            .. values.Select(value => new KeyValuePair<string, string?>($"Kubernetes:{value.Name}", value.Value)),
        ]).Build(),
        new Exposure(true, "a test")).Kubernetes;

    private static IEnumerable<string> Faults(params (string Name, string Value)[] values) =>
        Assert.Throws<SettingsException>(() => Load(values)).Faults.Select(fault => fault.Name).Distinct();
}
