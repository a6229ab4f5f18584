using Sophia.Keda.Reactor.Functions.Standalone;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class RouteTableTests
{
    [Fact]
    public void The_functions_are_those_of_the_table()
    {
        var table = FunctionTable.Of(typeof(StandaloneHost).Assembly);
        var found = table.Http.Select(f => $"{f.Name} {string.Join(',', f.Methods)} {f.Route} {f.AuthLevel}")
            .Concat(table.Timers.Select(f => $"{f.Name} timer {f.Schedule} -"));

        Assert.Equal(RouteTable.Rows.Select(row => $"{row.Name} {row.Method} {row.Route} {row.Auth}"), found);
    }

    [Fact]
    public void No_function_is_missed_since_each_ones_class_ends_in_Function()
    {
        var all = FunctionTable.Of(typeof(StandaloneHost).Assembly.GetTypes());
        var found = FunctionTable.Of(typeof(StandaloneHost).Assembly);

        Assert.Equal(all.Http.Length + all.Timers.Length, found.Http.Length + found.Timers.Length);
    }

    [Fact]
    public void Every_endpoint_has_a_runnable_request()
    {
        var requests = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "requests.http"))
            .Where(line => line.Contains("{{host}}/", StringComparison.Ordinal))
            .Select(line => line.Split('?')[0].Replace("{{host}}/", "").Replace("{{incident}}", "{id}").Replace("{{maintenance}}", "{id}").Replace("{{order}}", "{order}")
                .Replace("sophia-mesh/sophia-ai-services", "{namespace}/{name}"))
            .Distinct(StringComparer.Ordinal);

        Assert.Equal(
            RouteTable.Rows.Where(row => row.Method != "timer").Select(row => $"{row.Method} {row.Route}").Order(StringComparer.Ordinal),
            requests.Order(StringComparer.Ordinal));
    }
}
