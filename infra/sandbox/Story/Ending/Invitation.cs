using Spectre.Console;

namespace Sophia.Keda.Reactor.Sandbox.Story.Ending;

/// <summary>What to try while everything goes on serving.</summary>
public static class Invitation
{
    public static void Show(IAnsiConsole console, Rig rig)
    {
        var (cluster, reactor) = (rig.Kubernetes.Address.AbsoluteUri.TrimEnd('/'), rig.Reactor.Address.AbsoluteUri.TrimEnd('/'));
        console.WriteLine();
        console.Write(new Rule("Still serving, at speed 1. Ctrl+C ends it. Try:") { Justification = Justify.Left });
        string[] lines =
        [
            $"kubectl --server={cluster} get scaledobjects,hpa,deploy -A",
            $"curl -s {reactor}/api/breakers",
            $"curl -s {reactor}/api/health",
            $"curl -s '{reactor}/api/audit?latest=true&limit=5'",
            $"curl -s {reactor}/api/metrics",
            "",
            "# trip one target by hand, look at it, give it back:",
            $"curl -s {reactor}/api/breakers/trip -H 'Content-Type: application/json' -H 'X-Reactor-Order: 1' \\",
            "  -d '{\"scope\":\"target\",\"namespace\":\"sophia-mesh\",\"name\":\"sophia-ai-services\",\"reason\":\"drill\",\"by\":\"me\"}'",
            $"kubectl --server={cluster} -n sophia-mesh get so,hpa",
            $"curl -s {reactor}/api/breakers/reset -H 'Content-Type: application/json' -H 'X-Reactor-Order: 1' \\",
            "  -d '{\"scope\":\"target\",\"namespace\":\"sophia-mesh\",\"name\":\"sophia-ai-services\",\"mode\":\"immediate\",\"reason\":\"drill over\",\"by\":\"me\"}'",
            "",
            "# kill KEDA's operator and wait for two minutes:",
            $"curl -s -X POST {cluster}/sandbox/faults -d '{{\"operator\":\"dead\"}}'",
        ];
        foreach (var line in lines)
            console.WriteLine("  " + line);
        console.WriteLine();
        console.WriteLine($"  What the people on call received: {rig.Receivers.Address}");
    }
}
