using Sophia.Keda.Reactor.Sandbox.Keda.Versions;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>A case of <see cref="ClusterContract"/>. On a real cluster it is skipped aloud when that lacks what the case needs.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance." + nameof(ClusterFactDiscoverer), "Contracts.Tests")]
public sealed class ClusterFactAttribute : FactAttribute
{
    public Needs Needs { get; set; }

    /// <summary>The names of behaviours (<see cref="KedaTrait"/>) that not every release of KEDA has.</summary>
    public string? Trait { get; set; }
}

/// <summary>The class runs against the cluster that REACTOR_TEST_KUBERNETES names; without that it has no tests at all, not even skipped ones.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RealClusterAttribute : Attribute;

public sealed class ClusterFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        IsReal(testMethod) && RealCluster.Named is null ? [] : base.Discover(discoveryOptions, testMethod, factAttribute);

    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new ClusterTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);

    internal static bool IsReal(ITestMethod testMethod) => testMethod.TestClass.Class.GetCustomAttributes(typeof(RealClusterAttribute)).Any();
}

public sealed class ClusterTestCase : XunitTestCase
{
    [Obsolete("For the deserializer only.", error: true)]
    public ClusterTestCase()
    {
    }

    public ClusterTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) => ClusterFactDiscoverer.IsReal(TestMethod)
        ? RealCluster.WhyNot(
            factAttribute.GetNamedArgument<Needs>(nameof(ClusterFactAttribute.Needs)),
            factAttribute.GetNamedArgument<string?>(nameof(ClusterFactAttribute.Trait)))
        : base.GetSkipReason(factAttribute);
}
