using System.Text;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class KubeConfigTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Certificates certificates = new();

    public void Dispose()
    {
        folder.Dispose();
        certificates.Dispose();
    }

    [Fact]
    public async Task The_current_context_counts_unless_another_is_named()
    {
        await using var one = await KubeServer.StartAsync(certificates.Server());
        await using var two = await KubeServer.StartAsync(certificates.Server());
        var file = Write([("one", one.Address, "token: first"), ("two", two.Address, "token: second")]);

        Assert.Equal("/version|Bearer first|no certificate|sophia-keda-reactor|127.0.0.1", await AskAsync(file, null));
        Assert.Equal("/version|Bearer second|no certificate|sophia-keda-reactor|127.0.0.1", await AskAsync(file, "two"));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_the_server()
    {
        await using var server = await KubeServer.StartAsync(certificates.Server());
        using var mine = certificates.Client("oncall");
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(mine)!;
        var file = Write([("one", server.Address, $"client-certificate-data: {Base64(mine.ExportCertificatePem())}\n    client-key-data: {Base64(key.ExportECPrivateKeyPem())}")]);

        Assert.Equal("/version||oncall|sophia-keda-reactor|127.0.0.1", await AskAsync(file, null));
    }

    [Fact]
    public async Task An_exec_plugin_is_asked_and_asked_again_when_its_token_ends()
    {
        await using var server = await KubeServer.StartAsync(certificates.Server());
        var count = Path.Combine(folder.Path, "count");
        var plugin = Script("plugin", $$$"""
            echo x >> {{{count}}}
            printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%s","expirationTimestamp":"2020-01-01T00:00:00Z"}}' "$(wc -l < {{{count}}} | tr -d ' ')"
            """);
        var file = Write([("one", server.Address, $"exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {plugin}\n      interactiveMode: Never")]);

        using var client = KubeConfigClient.Connect(new KubeConfig(file, null));
        var first = await client.GetStringAsync("version");
        var second = await client.GetStringAsync("version");

        Assert.StartsWith("/version|Bearer t", first);
        Assert.NotEqual(first, second); // A token that is over is not sent again.
    }

    [Fact]
    public void A_plugin_that_fails_is_a_fault_of_the_settings()
    {
        var file = Write([("one", "https://127.0.0.1:1", $"exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {Script("plugin", "exit 1")}\n      interactiveMode: Never")]);

        Assert.Contains("exec", Refused(file, null));
    }

    [Fact]
    public async Task A_certificate_of_the_right_authority_for_another_name_is_not_the_servers()
    {
        await using var server = await KubeServer.StartAsync(certificates.ServerElsewhere());
        var file = Write([("one", server.Address, "token: t")]);

        using var client = KubeConfigClient.Connect(new KubeConfig(file, null));
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("version"));

        Assert.Equal(HttpRequestError.SecureConnectionError, fault.HttpRequestError);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var others = new Certificates();
        await using var server = await KubeServer.StartAsync(others.Server());

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(Write([("one", server.Address, "token: t")]), null));
    }

    [Fact]
    public void What_can_not_be_used_is_said_with_the_file_and_why()
    {
        var file = Write([("one", "https://10.0.0.1:6443", "token: t")]);

        Assert.Contains("other", Refused(file, "other"));
        Assert.Contains("insecure-skip-tls-verify", Refused(Write([("one", "https://10.0.0.1:6443", "token: t")], authority: "insecure-skip-tls-verify: true"), null));
        Assert.Contains("expected https", Refused(Write([("one", "http://10.0.0.1:8080", "token: t")], authority: ""), null));
        Assert.Contains("can't be used", Refused(Text("broken", "clusters: ["), null));
        Assert.Contains("can't be used", Refused(Text("empty", ""), null));
    }

    private static async Task<string> AskAsync(string file, string? context)
    {
        using var client = KubeConfigClient.Connect(new KubeConfig(file, context));
        return await client.GetStringAsync("version");
    }

    private static string Refused(string file, string? context)
    {
        var fault = Assert.Throws<ClusterSettingException>(() => KubeConfigClient.Connect(new KubeConfig(file, context)));
        Assert.Contains(file, fault.Message);
        return fault.Message;
    }

    private string Write(IReadOnlyList<(string Name, string Server, string User)> contexts, string? authority = null)
    {
        var text = new StringBuilder("apiVersion: v1\nkind: Config\ncurrent-context: ").Append(contexts[0].Name).Append("\nclusters:\n");
        foreach (var (name, server, _) in contexts)
            text.Append($"- name: {name}\n  cluster:\n    server: {server}\n    {authority ?? $"certificate-authority-data: {Base64(certificates.AuthorityPem)}"}\n");
        text.Append("contexts:\n");
        foreach (var (name, _, _) in contexts)
            text.Append($"- name: {name}\n  context: {{cluster: {name}, user: {name}}}\n");
        text.Append("users:\n");
        foreach (var (name, _, user) in contexts)
            text.Append($"- name: {name}\n  user:\n    {user}\n");
        return Text($"config-{contexts[0].Server.GetHashCode(StringComparison.Ordinal)}-{contexts[0].User.Length}-{authority?.Length}", text.ToString());
    }

    private string Text(string name, string text)
    {
        var file = Path.Combine(folder.Path, name);
        File.WriteAllText(file, text);
        return file;
    }

    private string Script(string name, string body)
    {
        var file = Text(name, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
