using System.Diagnostics;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>kubectl applies the scalers to the sandbox, whose KEDA admits and reconciles them.</summary>
public sealed class ScalersOnTheSandboxTests
{
    private const string Second = """
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata: {name: sophia-cron-scaler, namespace: sophia-mesh}
        spec:
          scaleTargetRef: {name: sophia-orchestrator, kind: Deployment}
          minReplicaCount: 3
          maxReplicaCount: 25
          triggers:
            - {type: cron, metadata: {timezone: UTC, start: 0 8 * * *, end: 0 20 * * *, desiredReplicas: "15"}}
        """;

    [FactWithProgram(Overlays.Kubectl)]
    public async Task They_are_admitted_and_become_Ready_and_the_documents_second_one_on_a_Deployment_is_refused()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), seed: 3), TimeProvider.System);
        var cache = Directory.CreateTempSubdirectory("kubectl-platform-");
        try
        {
            var (applied, text) = await Kubectl("apply -f -", Overlays.Text("scalers"));
            Assert.True(applied == 0, text);
            foreach (var ns in new[] { "artemis-mesh", "sophia-mesh" })
            {
                var (ready, waited) = await Kubectl($"-n {ns} wait --for=condition=Ready scaledobjects --all --timeout=20s", "");
                Assert.True(ready == 0, waited);
                Assert.Equal(2, waited.Split('\n').Count(line => line.EndsWith("condition met", StringComparison.Ordinal)));
            }

            var (_, hpas) = await Kubectl("get hpa -A", "");
            Assert.Matches(@"sophia-mesh +keda-hpa-sophia-ai-prometheus-scaler +Deployment/sophia-orchestrator +.*\+ 5 more\.\.\. +3 +30 ", hpas);

            var (refused, why) = await Kubectl("apply -f -", Second);
            Assert.NotEqual(0, refused);
            Assert.Contains("is already managed by the", why, StringComparison.Ordinal);
        }
        finally
        {
            cache.Delete(recursive: true);
        }

        async Task<(int Code, string Text)> Kubectl(string arguments, string input)
        {
            using var kubectl = Process.Start(new ProcessStartInfo(Overlays.Kubectl, $"--server={host.Address} --cache-dir={cache.FullName} --kubeconfig=/dev/null {arguments}")
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            })!;
            await kubectl.StandardInput.WriteAsync(input);
            kubectl.StandardInput.Close();
            var errors = kubectl.StandardError.ReadToEndAsync();
            var output = await kubectl.StandardOutput.ReadToEndAsync();
            await kubectl.WaitForExitAsync();
            return (kubectl.ExitCode, output + await errors);
        }
    }
}
