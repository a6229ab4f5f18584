using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>KEDA's own failures. Two classes, since classes run side by side.</summary>
public sealed class KedaAlertPathTests(ITestOutputHelper output)
{
    [TheoryWithProgram(PrometheusServer.Program, Alertmanager.Program)]
    [InlineData("operator killed")]
    [InlineData("metrics server down")]
    public async Task A_rule_fires_the_reactor_trips_and_hears_of_its_end(string failure) => await AlertPath.PlayAsync(failure, output);
}

/// <summary>Failures of one target.</summary>
public sealed class TargetAlertPathTests(ITestOutputHelper output)
{
    [TheoryWithProgram(PrometheusServer.Program, Alertmanager.Program)]
    [InlineData("oscillation")]
    [InlineData("scaler errors")]
    public async Task A_rule_fires_the_reactor_trips_and_hears_of_its_end(string failure) => await AlertPath.PlayAsync(failure, output);
}
