using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>What `dotnet publish functions/Azure` gives, which is what Azure takes. tests/run.sh publishes it once and names the folder.</summary>
public sealed class FunctionsAppTests
{
    private static readonly string? Published = Environment.GetEnvironmentVariable("REACTOR_AZURE_PUBLISHED");

    [FactWithPublishedApp]
    public void Its_functions_are_those_of_the_table()
    {
        var functions = JsonNode.Parse(Read("functions.metadata"))!.AsArray().Select(function => function!).ToList();

        Assert.All(functions, function => Assert.Equal("Sophia.Keda.Reactor.Functions.dll", (string?)function["scriptFile"]));
        Assert.Equal(
            RouteTable.Rows.Select(row => $"{row.Name} {row.Method} {row.Route} {row.Auth}").Order(StringComparer.Ordinal),
            functions.Select(Row).Order(StringComparer.Ordinal));
    }

    [FactWithPublishedApp]
    public void It_has_the_host_json_of_the_root_and_starts_the_worker()
    {
        Assert.Equal(Shipped.Text("host.json"), Read("host.json"));
        var worker = JsonNode.Parse(Read("worker.config.json"))!["description"]!;
        Assert.Equal("dotnet-isolated", (string?)worker["language"]);
        Assert.True(File.Exists(Path.Combine(Published!, (string)worker["defaultWorkerPath"]!)));
        // The host's own extensions, which Worker.Sdk's inner project built.
        Assert.True(File.Exists(Path.Combine(Published!, ".azurefunctions", "Microsoft.Azure.Functions.Worker.Extensions.dll")));
    }

    [FactWithPublishedApp]
    public void Settings_of_a_laptop_are_not_published() => Assert.False(File.Exists(Path.Combine(Published!, "local.settings.json")));

    [Fact]
    public void It_stands_outside_the_solution_so_that_no_other_build_pays_for_Worker_Sdk()
    {
        Assert.DoesNotContain("functions\\Azure", Shipped.Text("Sophia.Keda.Reactor.sln").Replace('/', '\\'), StringComparison.Ordinal);
        var projects = Directory.GetFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Contains("obj"));
        var withSdk = projects.Where(path => XDocument.Load(path).Descendants("PackageReference")
            .Any(package => (string?)package.Attribute("Include") == "Microsoft.Azure.Functions.Worker.Sdk"));

        Assert.Equal("functions/Azure/Sophia.Keda.Reactor.Azure.csproj", Path.GetRelativePath(Repository.Root, Assert.Single(withSdk)));
    }

    private static string Row(JsonNode function)
    {
        var trigger = function["bindings"]!.AsArray().Single(binding => ((string)binding!["type"]!).EndsWith("Trigger", StringComparison.Ordinal))!;
        return (string?)trigger["type"] == "timerTrigger"
            ? $"{function["name"]} timer {trigger["schedule"]} -"
            : $"{function["name"]} {string.Join(',', trigger["methods"]!.AsArray()).ToUpperInvariant()} {trigger["route"]} {trigger["authLevel"]}";
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Published!, file));

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FactWithPublishedAppAttribute : FactAttribute
    {
        public FactWithPublishedAppAttribute() =>
            Skip = Directory.Exists(Published) ? null : "skipped: REACTOR_AZURE_PUBLISHED names no folder with functions/Azure published (tests/run.sh does)";
    }
}
