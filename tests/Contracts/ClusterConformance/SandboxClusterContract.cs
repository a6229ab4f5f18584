using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public sealed class SandboxClusterContract(SandboxUnderTest cluster, ITestOutputHelper output) : ClusterContract(cluster, output), IClassFixture<SandboxUnderTest>;
