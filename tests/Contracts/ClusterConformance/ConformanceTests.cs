using System.Reflection;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>How the suite is chosen: always for the sandbox, for a real cluster when one is named, and never skipped by the way.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void Every_case_is_a_cluster_fact_and_the_sandbox_skips_none()
    {
        var cases = typeof(ClusterContract).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null).ToList();

        Assert.NotEmpty(cases);
        Assert.All(cases, m => Assert.IsType<ClusterFactAttribute>(m.GetCustomAttribute<FactAttribute>()));
        Assert.All(cases, m => Assert.Null(m.GetCustomAttribute<FactAttribute>()!.Skip));
        Assert.Equal(cases.Count, Discover(typeof(SandboxClusterContract)).Count);
        Assert.All(Discover(typeof(SandboxClusterContract)), found => Assert.Null(found.SkipReason));
    }

    [Fact]
    public void Every_trait_that_a_case_needs_is_in_the_table() => Assert.All(
        typeof(ClusterContract).GetMethods().Select(m => m.GetCustomAttribute<ClusterFactAttribute>()?.Trait).OfType<string>(),
        trait => Assert.Contains(KedaTable.Rows, row => row.Trait.ToString() == trait));

    [Fact]
    public void Without_a_named_cluster_the_real_suite_has_no_tests_and_with_one_the_same_as_the_sandbox() =>
        Assert.Equal(RealCluster.Named is null ? 0 : Discover(typeof(SandboxClusterContract)).Count, Discover(typeof(RealClusterContract)).Count);

    [Theory]
    [InlineData("https://10.0.0.1:6443")]
    [InlineData("https://10.0.0.1:6443,/token")]
    [InlineData("not an address,/token,/ca.crt")]
    [InlineData("https://10.0.0.1:6443,,/ca.crt")]
    public void A_variable_that_is_wrong_does_not_look_like_one_that_is_not_set(string named)
    {
        var fault = Assert.Throws<FormatException>(() => RealCluster.Connection(named));
        Assert.Contains(RealCluster.Variable, fault.Message, StringComparison.Ordinal);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_cluster_is_reached_with_its_token_and_trusted_by_its_authority()
    {
        var connection = RealCluster.Connection("https://10.0.0.1:6443, /run/token, /run/ca.crt");
        Assert.Equal((new Uri("https://10.0.0.1:6443"), "/run/token", "/run/ca.crt"), (connection.Server, connection.TokenFile, connection.CaFile));
    }

    [Fact]
    public async Task A_case_that_fails_gives_back_what_it_stopped()
    {
        var cluster = new SandboxUnderTest();
        await cluster.InitializeAsync();
        try
        {
            var failed = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            {
                await using var stopped = await cluster.StopKedaAsync(cluster.Keda!.Operator);
                throw new InvalidOperationException("the case fails here");
            });
            Assert.Equal("the case fails here", failed.Message);
            var deployment = await Reply.OfAsync(cluster.Http, "GET", $"/apis/apps/v1/namespaces/{cluster.Keda!.Namespace}/deployments/{cluster.Keda.Operator}");
            Assert.True(deployment.Body["status"]!["availableReplicas"]!.GetValue<int>() > 0);
        }
        finally
        {
            await cluster.DisposeAsync();
        }
    }

    /// <summary>As the test runner finds them.</summary>
    private static List<IXunitTestCase> Discover(Type suite)
    {
        var quiet = new NullMessageSink();
        var options = new UsualOptions();
        var assembly = new TestAssembly(Reflector.Wrap(suite.Assembly));
        var collection = new TestCollection(assembly, collectionDefinition: null, displayName: suite.Name);
        var type = new TestClass(collection, Reflector.Wrap(suite));
        return [.. from method in suite.GetMethods()
            let fact = Reflector.Wrap(method).GetCustomAttributes(typeof(ClusterFactAttribute)).FirstOrDefault()
            where fact is not null
            from found in new ClusterFactDiscoverer(quiet).Discover(options, new TestMethod(type, Reflector.Wrap(method)), fact)
            select found];
    }

    private sealed class UsualOptions : ITestFrameworkDiscoveryOptions
    {
        // The framework takes its own defaults for what is not set.
        public TValue GetValue<TValue>(string name) => default!;

        public void SetValue<TValue>(string name, TValue value) => throw new NotSupportedException(name);
    }
}
