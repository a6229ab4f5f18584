using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>One line for each finding, when it comes and not again; one line when there is none.</summary>
public sealed partial class PreflightLog(ILogger<PreflightLog> log)
{
    private ImmutableArray<Finding>? _told;

    public void Tell(PreflightReport report)
    {
        var news = _told is { } told ? report.Findings.Except(told) : report.Findings;
        foreach (var finding in news)
            LogFinding(finding.Status == HealthStatus.Healthy ? LogLevel.Information : LogLevel.Warning, finding.Text);
        if (report.Findings.IsEmpty && _told is not { IsEmpty: true })
            LogFine(report.Words);
        _told = report.Findings;
    }

    [LoggerMessage(EventId = 1, Message = "preflight: {Finding}")]
    private partial void LogFinding(LogLevel level, string finding);

    [LoggerMessage(2, LogLevel.Information, "preflight: {Words}")]
    private partial void LogFine(string words);
}
