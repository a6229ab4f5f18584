using System.Xml.Linq;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

public sealed class DockerfileTests
{
    [Fact]
    public void The_image_runs_as_the_user_of_the_manifests_by_number()
    {
        var (user, group) = (Manifests.Pod.Word("securityContext", "runAsUser"), Manifests.Pod.Word("securityContext", "runAsGroup"));

        Assert.Equal($"{user}:{group}", Dockerfile.Image("USER"));
        Assert.Equal(group, Manifests.Pod.Word("securityContext", "fsGroup"));
        Assert.Contains(Dockerfile.Instructions, i => i is { Stage: "", Word: "COPY" } && i.Rest.Contains($"--chown={user}:{group} ", StringComparison.Ordinal) && i.Rest.EndsWith(Dockerfile.Image("VOLUME"), StringComparison.Ordinal));
        Assert.Equal(Dockerfile.Image("VOLUME"), Dockerfile.Image("WORKDIR"));
    }

    [Fact]
    public void It_listens_where_it_says() => Assert.Equal($"http://*:{Dockerfile.Port}", Dockerfile.Environment["Urls"]);

    [Fact]
    public void What_it_starts_is_what_the_publish_brings()
    {
        var project = XDocument.Load(Shipped.PathOf("functions/Sophia.Keda.Reactor.Functions.csproj"));
        Assert.Empty(project.Descendants("AssemblyName"));
        var publish = Dockerfile.Instructions.Single(i => i.Word == "RUN" && i.Rest.StartsWith("dotnet publish", StringComparison.Ordinal)).Rest;

        Assert.Equal("""["dotnet", "/app/Sophia.Keda.Reactor.Functions.dll"]""", Dockerfile.Image("ENTRYPOINT"));
        Assert.EndsWith("-o /publish", publish, StringComparison.Ordinal);
        Assert.Contains(Dockerfile.Instructions, i => i is { Stage: "", Word: "COPY", Rest: "--from=build /publish /app" });
    }

    [Fact]
    public void Every_project_that_the_functions_need_is_restored_before_the_sources_come()
    {
        var needed = References("functions/Sophia.Keda.Reactor.Functions.csproj").Order(StringComparer.Ordinal);
        var early = Dockerfile.Instructions.TakeWhile(i => i.Word != "RUN").Where(i => i.Word == "COPY").Select(i => i.Rest.Split(' ')[0]).Where(path => path.EndsWith(".csproj", StringComparison.Ordinal));

        Assert.Equal(needed, early.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_runtime_image_has_time_zones_for_cron_triggers()
    {
        var image = Dockerfile.Instructions.Single(i => i is { Stage: "", Word: "FROM" }).Rest;

        Assert.EndsWith("-chiseled-extra", image, StringComparison.Ordinal);
        var framework = XDocument.Load(Shipped.PathOf("Directory.Build.props")).Descendants("TargetFramework").Single().Value;
        Assert.Contains($"/aspnet:{framework["net".Length..]}-", image, StringComparison.Ordinal);
    }

    /// <summary>Whether they are there is asked of the image itself, in ci.yml.</summary>
    [Fact]
    public void And_the_old_names_of_zones_which_KEDA_knows_too()
    {
        var packages = Dockerfile.Instructions.Single(i => i is { Stage: "zones", Word: "RUN" }).Rest;
        Assert.Contains("tzdata-legacy", packages.Split(' '));
        Assert.Contains(Dockerfile.Instructions, i => i is { Stage: "", Word: "COPY", Rest: "--from=zones /usr/share/zoneinfo /usr/share/zoneinfo" });
        var asked = Shipped.Text(".github/workflows/ci.yml").Split('\n').Single(line => line.Contains("usr/share/zoneinfo/$zone", StringComparison.Ordinal));
        Assert.Contains(" US/Pacific Asia/Calcutta ", asked, StringComparison.Ordinal);

        // The base image of the stage is that of the runtime: a newer distribution's data is not that of its libraries.
        var (zones, image) = (Dockerfile.Instructions.Single(i => i is { Stage: "zones", Word: "FROM" }).Rest, Dockerfile.Instructions.Single(i => i is { Stage: "", Word: "FROM" }).Rest);
        Assert.Equal(Distribution(image), Distribution(zones.Split(' ')[0]));
    }

    /// <summary>"noble", of "…/aspnet:10.0-noble-chiseled-extra".</summary>
    private static string Distribution(string image) => image[(image.LastIndexOf(':') + 1)..].Split('-')[1];

    private static IEnumerable<string> References(string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        return XDocument.Load(Shipped.PathOf(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Shipped.PathOf(folder), reference.Attribute("Include")!.Value))))
            .SelectMany(References)
            .Append(project)
            .Distinct();
    }
}
