using System.Reflection;
using System.Text.Json;
using Sophia.Keda.Reactor.Functions.Standalone;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>host.json is the Functions host's; what it says must fit what the functions promise.</summary>
public sealed class HostJsonTests
{
    private static readonly JsonElement Root = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json"))).RootElement;

    [Fact]
    public void Both_hosts_serve_under_the_same_prefix() =>
        Assert.Equal(StandaloneHost.RoutePrefix, "/" + Http("routePrefix").GetString() + "/");

    [Fact]
    public void No_request_is_turned_away_with_a_429_which_Alertmanager_would_never_send_again()
    {
        Assert.Equal(-1, Http("maxOutstandingRequests").GetInt32());
        Assert.False(Http("dynamicThrottlesEnabled").GetBoolean());
        Assert.InRange(Http("maxConcurrentRequests").GetInt32(), 16, 1_000);
    }

    [Fact]
    public void There_is_no_extension_bundle_since_the_app_brings_its_own_extensions() =>
        Assert.False(Root.TryGetProperty("extensionBundle", out _));

    [Fact]
    public void A_run_may_take_minutes_and_no_more_and_a_sick_host_is_recycled()
    {
        Assert.Equal(TimeSpan.FromMinutes(10), TimeSpan.Parse(Root.GetProperty("functionTimeout").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(Root.GetProperty("healthMonitor").GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public void Telemetry_is_OpenTelemetry_and_without_it_failures_are_never_sampled_away()
    {
        Assert.Equal("OpenTelemetry", Root.GetProperty("telemetryMode").GetString());
        var sampling = Root.GetProperty("logging").GetProperty("applicationInsights").GetProperty("samplingSettings");
        Assert.Equal((true, "Exception"), (sampling.GetProperty("isEnabled").GetBoolean(), sampling.GetProperty("excludedTypes").GetString()));
    }

    /// <summary>What the worker writes to its console: it names each refused setting there, and "default: Warning" would drop that.</summary>
    [Fact]
    public void A_start_that_is_refused_says_its_reasons() =>
        Assert.Equal("Information", Root.GetProperty("logging").GetProperty("logLevel").GetProperty("Host.Function.Console").GetString());

    [Fact]
    public void It_is_the_only_one_since_func_takes_the_first_that_it_meets_upwards() =>
        Assert.False(File.Exists(Path.Combine(Repository.Root, "functions", "host.json")));

    [Fact]
    public void No_timer_runs_at_start_and_each_takes_its_schedule_from_a_setting()
    {
        var timers = typeof(StandaloneHost).Assembly.GetTypes().SelectMany(type => type.GetMethods()).SelectMany(method => method.GetParameters())
            .Select(parameter => parameter.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.Name == "TimerTriggerAttribute"))
            .OfType<CustomAttributeData>().ToList();

        Assert.NotEmpty(timers);
        Assert.All(timers, timer =>
        {
            Assert.Matches("^%[A-Za-z]+:Schedule%$", (string?)timer.ConstructorArguments.Single().Value);
            Assert.DoesNotContain(timer.NamedArguments, named => named.MemberName == "RunOnStartup" && (bool)named.TypedValue.Value!);
        });
    }

    private static JsonElement Http(string name) => Root.GetProperty("extensions").GetProperty("http").GetProperty(name);
}
