using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>A test of <see cref="StoreContract"/>, skipped aloud in a subclass that says it needs a program which is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sophia.Keda.Reactor.Contracts.Tests.State." + nameof(StoreFactDiscoverer), TestAssembly)]
public sealed class StoreFactAttribute : FactAttribute
{
    private const string TestAssembly = "Contracts.Tests";
}

/// <summary>Needed because an attribute on an inherited method can't see the subclass that runs it.</summary>
public sealed class StoreFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new StoreTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}

public sealed class StoreTestCase : XunitTestCase
{
    [Obsolete("For the deserializer only.", error: true)]
    public StoreTestCase()
    {
    }

    public StoreTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) => TestMethod.TestClass.Class
        .GetCustomAttributes(typeof(NeedsProgramAttribute))
        .Select(needs => needs.GetNamedArgument<string?>(nameof(NeedsProgramAttribute.Skip)))
        .FirstOrDefault(reason => reason is not null) ?? base.GetSkipReason(factAttribute);
}
