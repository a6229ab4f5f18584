using Sophia.Keda.Reactor.Contracts.Tests.Monitoring;
using Sophia.Keda.Reactor.Wire;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

internal static class ServiceMonitors
{
    /// <summary>How often all of them are scraped.</summary>
    public static TimeSpan Interval { get; } = Read();

    private static TimeSpan Read()
    {
        var intervals = MonitoringFolder.Documents("service-monitors.yaml")
            .SelectMany(document => (YamlSequenceNode)document["spec"]["endpoints"])
            .Select(endpoint => endpoint.Word("interval")!).Distinct();
        return Duration.TryParse(Assert.Single(intervals), out var interval) ? interval : throw new FormatException("an interval of service-monitors.yaml is no duration");
    }
}
