using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>REACTOR_TEST_KUBERNETES="server,token file,CA file" dotnet test tests/Contracts --filter RealClusterContract</summary>
[RealCluster]
public sealed class RealClusterContract(RealClusterUnderTest cluster, ITestOutputHelper output) : ClusterContract(cluster, output), IClassFixture<RealClusterUnderTest>;
