using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>
/// The chart in a cluster that has nothing yet: KEDA's definitions come with KEDA's chart, so what is of its kinds comes in a second step; and beside
/// what ../monitoring brings. (That Helm does it so is tried in ci.yml, job `platform`, row chart.)
/// </summary>
public sealed partial class ChartStepsTests
{
    [Fact]
    public void Whatever_is_of_KEDAs_kinds_waits_for_the_second_step()
    {
        var found = 0;
        foreach (var file in Directory.GetFiles(PlatformFiles.PathOf("helm/templates"), "*.yaml"))
        {
            var open = new Stack<string>();
            foreach (var line in File.ReadAllLines(file))
            {
                foreach (var action in Action().Matches(line).Select(m => m.Groups["action"].Value))
                {
                    if (action.StartsWith("end", StringComparison.Ordinal)) open.Pop();
                    else open.Push(action);
                }

                if (!line.StartsWith("apiVersion: keda.sh/", StringComparison.Ordinal)) continue;
                found++;
                Assert.Contains("if .Values.scalers.enabled", open.Select(a => a.Trim()));
            }

            Assert.Empty(open);
        }

        Assert.Equal(3, found);
        Assert.Equal("true", PlatformFiles.Yaml("helm/values.yaml").Single().Word("scalers", "enabled"));
        Assert.DoesNotContain("keda.sh/v1alpha1", string.Concat(Directory.GetFiles(PlatformFiles.PathOf("helm/files")).Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    [Fact]
    public void All_at_once_is_refused_where_the_kinds_are_not_known_and_the_way_is_said_in_the_refusal_the_notes_and_README()
    {
        var refusal = PlatformFiles.Text("helm/templates/_helpers.tpl").Split('\n').Single(line => line.Contains("--set scalers.enabled=false", StringComparison.Ordinal));
        var condition = PlatformFiles.Text("helm/templates/_helpers.tpl").Split('\n').Single(line => line.Contains("lookup", StringComparison.Ordinal));

        Assert.StartsWith("{{- fail ", refusal, StringComparison.Ordinal);
        Assert.Contains(".Values.scalers.enabled", condition, StringComparison.Ordinal);
        Assert.Contains("not (.Capabilities.APIVersions.Has \"keda.sh/v1alpha1/ScaledObject\")", condition, StringComparison.Ordinal);
        Assert.Contains("helm upgrade {{ .Release.Name }} infra/keda/helm", PlatformFiles.Text("helm/templates/NOTES.txt"), StringComparison.Ordinal);
        var readme = PlatformFiles.Text("README.md");
        var (first, second) = (readme.IndexOf("helm install keda infra/keda/helm", StringComparison.Ordinal), readme.IndexOf("helm upgrade keda infra/keda/helm", StringComparison.Ordinal));
        Assert.InRange(first, 1, second);
        Assert.Contains("--set scalers.enabled=false --wait", readme[first..second], StringComparison.Ordinal);
        // The chart's own --create-namespace would leave out Pod Security's labels and the mesh's.
        Assert.Contains("-f infra/keda/base/namespaces.yaml -f infra/keda/base/reactor/namespace.yaml", readme[..first], StringComparison.Ordinal);
        Assert.DoesNotContain("--create-namespace", readme, StringComparison.Ordinal);
    }

    /// <summary>The notes ask people to put in what their Redis really has; the second step, and every upgrade after it, renders this Secret again.</summary>
    [Fact]
    public void What_somebody_put_in_place_of_a_stand_in_outlives_an_upgrade()
    {
        var template = PlatformFiles.Text("helm/templates/placeholder-secret.yaml");
        var kept = PlatformFiles.Text("helm/templates/_helpers.tpl").Split("define \"keda-sophia-intel.kept\"")[1].Split("define")[0];

        Assert.Contains("lookup \"v1\" \"Secret\" $namespace \"redis-credentials\"", template, StringComparison.Ordinal);
        Assert.DoesNotContain("stringData", template, StringComparison.Ordinal);
        Assert.All(new[] { "redis-password", "redis-ca" }, key => Assert.Contains($"  {key}: {{{{ include \"keda-sophia-intel.kept\" (list ", template, StringComparison.Ordinal));
        Assert.Contains("if eq (index . 0) \"CHANGE_ME\" }}{{ dig \"data\" (index . 1) $written (index . 2)", kept, StringComparison.Ordinal);
        Assert.All(new[] { "redisPassword", "redisCa" }, value => Assert.Equal("CHANGE_ME", PlatformFiles.Yaml("helm/values-dev.yaml").Single().Word("secrets", value)));
    }

    /// <summary>By one name, so that there is one: two with one selector would double every rate of the operator's errors.</summary>
    [Fact]
    public void Its_ServiceMonitor_is_the_one_that_monitoring_brings()
    {
        var template = Templated().Replace(string.Join('\n', PlatformFiles.Text("helm/templates/servicemonitor.yaml").Split('\n').Where(line => !line.StartsWith("{{", StringComparison.Ordinal))), "15s");
        var chart = PlatformFiles.Parse(template).Single();
        var shipped = PlatformFiles.Yaml("monitoring/service-monitors.yaml").One("ServiceMonitor", "keda-operator", "keda-system");

        Assert.Equal(shipped.Written(), chart.Written());
    }

    [GeneratedRegex(@"\{\{-?\s*(?<action>(if|range|with|define|end)\b[^}]*?)\s*-?\}\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Action();

    [GeneratedRegex(@"\{\{.*?\}\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Templated();
}
