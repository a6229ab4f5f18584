using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What azd is told, and the hooks that it runs.</summary>
public sealed partial class AzdTests
{
    private static readonly string[] SaidByAzd = ["AZURE_ENV_NAME"];

    /// <summary>Made by a hook for the while that it runs; and an operator's own, where there is one.</summary>
    private static readonly string[] Elsewhere = ["access.yaml", "policy.yaml", "webhook-template.json"];

    [Fact]
    public void Everything_that_azure_yaml_names_is_there()
    {
        var folder = AzureFolder.InRepository();
        var azd = Yaml("azure.yaml");
        var infra = (YamlMappingNode)azd["infra"];
        Assert.True(File.Exists(Path.Combine(folder, $"{infra["path"]}", $"{infra["module"]}.bicep")));
        Assert.True(File.Exists(Path.Combine(folder, $"{infra["path"]}", $"{infra["module"]}.parameters.json")));
        var service = (YamlMappingNode)azd["services"]["reactor"];
        Assert.Equal(("dotnet", "function"), ($"{service["language"]}", $"{service["host"]}"));
        // azd takes the one project that lies in the folder, and looks for the app by its tag.
        Assert.Single(Directory.GetFiles(Path.Combine(folder, $"{service["project"]}"), "*.*proj"));
        Assert.Contains("'azd-service-name': 'reactor'", AzureFolder.Read("modules/app.bicep"), StringComparison.Ordinal);
        Assert.All(((YamlMappingNode)azd["hooks"]).Children.Values, hook => Assert.True(File.Exists(Path.Combine(folder, $"{hook["run"]}")), $"{hook["run"]} is not there"));
    }

    /// <summary>In comments too: whoever reads one looks there.</summary>
    [Fact]
    public void Every_file_that_azure_yaml_a_hook_or_a_template_names_is_there()
    {
        var roots = new[] { "", "cluster-access", "../keda/base/reactor" }.Select(root => Path.Combine(AzureFolder.InRepository(), root)).ToList();
        var named = new[] { "azure.yaml", "main.parameters.json", "main.bicep", "events.bicep" }.Select(AzureFolder.Read)
            .Concat(new[] { "hooks", "modules" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(AzureFolder.InRepository(), folder))).Select(File.ReadAllText))
            .SelectMany(text => NamedFile().Matches(text)).Select(m => m.Groups["path"].Value).Except(Elsewhere).ToList();
        Assert.Contains("modules/generated-secret.bicep", named);
        Assert.Contains("writes/writes.yaml", named);
        Assert.Contains("./hooks/events.sh", named);
        Assert.All(named, path => Assert.True(roots.Exists(root => File.Exists(Path.Combine(root, path))), $"{path} is named and not there"));
    }

    [Fact]
    public void What_azd_builds_has_an_id_for_its_user_secrets()
    {
        var project = File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(AzureFolder.InRepository(), "..", "..", "functions", "Azure"), "*.csproj")));
        // Else azd writes one of its own into the project file.
        Assert.Contains("<UserSecretsId>", project, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cluster-access.sh")]
    [InlineData("events.sh")]
    [InlineData("entra.sh")]
    public void A_hook_reads_only_what_azd_or_the_template_says(string hook)
    {
        var said = AzureFolder.Bicep("main.bicep").Of("output").Select(o => o.Name).Concat(SaidByAzd).ToHashSet(StringComparer.Ordinal);
        var read = Variable().Matches(AzureFolder.Read($"hooks/{hook}")).Select(m => m.Groups["name"].Value);
        Assert.All(read, name => Assert.True(said.Contains(name), $"{hook} reads {name}, which nobody sets"));
    }

    [Fact]
    public void Every_output_is_read_by_a_hook_or_told_in_the_README()
    {
        var readers = string.Concat(Directory.EnumerateFiles(Path.Combine(AzureFolder.Root, "hooks")).Select(File.ReadAllText)) + AzureFolder.Read("README.md");
        Assert.All(AzureFolder.Bicep("main.bicep").Of("output"), output => Assert.Contains(output.Name, readers, StringComparison.Ordinal));
    }

    [Fact]
    public void The_hook_after_the_code_gives_the_events_what_they_need()
    {
        var given = Parameter().Matches(AzureFolder.Read("hooks/events.sh")).Select(m => m.Groups["name"].Value);
        Assert.Equal(AzureFolder.Bicep("events.bicep").Of("param").Select(p => p.Name).Order(StringComparer.Ordinal), given.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_variable_that_a_person_may_set_is_told_in_the_README()
    {
        var readme = AzureFolder.Read("README.md");
        Assert.All(Variable().Matches(AzureFolder.Read("main.parameters.json")), m => Assert.Contains($"`{m.Groups["name"].Value}`", readme, StringComparison.Ordinal));
    }

    [FactWithProgram("awk")]
    public async Task The_identity_is_bound_to_the_roles_and_in_the_guarded_namespaces_only()
    {
        var (code, applied) = await BindAsync(ends: 0);
        Assert.Equal(0, code);
        var documents = Documents(applied);
        Assert.Equal(["sophia-keda-reactor-reads"], Of("ClusterRole"));
        Assert.Equal(["sophia-keda-reactor-writes", "sophia-keda-reactor-writes", "sophia-keda-reactor-leases"], Of("Role"));
        Assert.Equal(["sophia-keda-reactor-azure-reads"], Of("ClusterRoleBinding"));
        Assert.Equal(["sophia-keda-reactor-azure-writes", "sophia-keda-reactor-azure-writes", "sophia-keda-reactor-azure-leases"], Of("RoleBinding"));
        Assert.Equal(["sophia-keda-reactor-azure"], Of("FlowSchema"));
        Assert.Contains("the-object-id", $"{documents.Single(d => $"{d["kind"]}" == "FlowSchema")["spec"]["rules"]}", StringComparison.Ordinal);
        Assert.Equal(9, documents.Count);
        foreach (var kind in new[] { "Role", "RoleBinding" })
            Assert.Equal(["artemis-mesh", "sophia-mesh", "kube-system"], documents.Where(d => $"{d["kind"]}" == kind).Select(d => $"{d["metadata"]["namespace"]}"));
        Assert.All(documents.Where(d => $"{d["kind"]}".EndsWith("Binding", StringComparison.Ordinal)), d =>
        {
            Assert.Equal($"{d["metadata"]["name"]}".Replace("-azure", "", StringComparison.Ordinal), $"{d["roleRef"]["name"]}");
            Assert.Equal("the-object-id", $"{Assert.Single((YamlSequenceNode)d["subjects"])["name"]}");
        });

        IEnumerable<string> Of(string kind) => documents.Where(d => $"{d["kind"]}" == kind).Select(d => $"{d["metadata"]["name"]}");
    }

    [FactWithProgram("awk")]
    public async Task Without_KEDAs_namespace_no_right_is_placed_where_nobody_may_be() =>
        Assert.DoesNotContain("leases", string.Concat(Documents((await BindAsync(ends: 0, keda: "")).Applied).Select(d => $"{d["metadata"]["name"]} ")), StringComparison.Ordinal);

    [FactWithProgram("awk")]
    public async Task A_cluster_that_refuses_the_rights_ends_the_hook() => Assert.Equal(1, (await BindAsync(ends: 1)).Code);

    /// <summary>Runs the hook with an az that keeps what it was to apply, and says that kubectl ended so.</summary>
    private static async Task<(int Code, string Applied)> BindAsync(int ends, string keda = "kube-system")
    {
        var place = Directory.CreateTempSubdirectory("azure-hook-").FullName;
        try
        {
            var azure = Directory.CreateDirectory(Path.Combine(place, "infra", "azure")).FullName;
            foreach (var folder in new[] { "hooks", "cluster-access" })
            {
                Directory.CreateDirectory(Path.Combine(azure, folder));
                foreach (var file in Directory.EnumerateFiles(Path.Combine(AzureFolder.Root, folder)))
                    File.Copy(file, Path.Combine(azure, folder, Path.GetFileName(file)));
            }

            var roles = Directory.CreateDirectory(Path.Combine(place, "infra", "keda", "base", "reactor")).FullName;
            foreach (var (file, to) in new[] { ("rbac.yaml", "rbac.yaml"), ("writes.yaml", "writes/writes.yaml"), ("leases.yaml", "leases/leases.yaml") })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(roles, to))!);
                File.Copy(Path.Combine(AppContext.BaseDirectory, "Azure", "fixtures", file), Path.Combine(roles, to));
            }

            var az = Path.Combine(place, "az");
            await File.WriteAllTextAsync(az, $"#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = --file ] && cp \"$2\" '{place}/applied'; shift; done\necho {ends}\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            var start = new ProcessStartInfo("sh", [Path.Combine(azure, "hooks", "cluster-access.sh")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["PATH"] = $"{place}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
            start.Environment["REACTOR_GUARDED_CLUSTER_ID"] = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
            start.Environment["REACTOR_GUARDED_NAMESPACES"] = "artemis-mesh, sophia-mesh";
            start.Environment["REACTOR_LEASES_NAMESPACE"] = keda;
            start.Environment["REACTOR_PRINCIPAL_ID"] = "the-object-id";
            using var hook = Process.Start(start)!;
            var said = await Task.WhenAll(hook.StandardOutput.ReadToEndAsync(), hook.StandardError.ReadToEndAsync());
            await hook.WaitForExitAsync();
            Assert.True(File.Exists(Path.Combine(place, "applied")), string.Concat(said));
            return (hook.ExitCode, await File.ReadAllTextAsync(Path.Combine(place, "applied")));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static YamlMappingNode Yaml(string path) => Assert.Single(Documents(AzureFolder.Read(path)));

    private static List<YamlMappingNode> Documents(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return [.. yaml.Documents.Select(d => (YamlMappingNode)d.RootNode)];
    }

    [GeneratedRegex(@"\b(?<name>(REACTOR|AZURE)_[A-Z_]+)\b(?= |\}|""|:|/|,|$)(?<!set \k<name>)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?<![\w$/{}.-])(?<path>(\.{1,2}/)*[\w-]+(/[\w-]+)*\.(bicep|sh|ya?ml|json))\b(?!\.)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"(?<= )(?<name>\w+)=""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
