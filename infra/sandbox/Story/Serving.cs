using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>Only the cluster and the receivers, by the machine's clock: for a reactor that runs elsewhere, under func for instance.</summary>
public static class Serving
{
    /// <param name="options">Ports, seed and targets; the story's own options have no meaning here.</param>
    /// <param name="machine">The clock of the cluster and the receivers.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The exit code: 0, or 2 when a port is taken.</returns>
    public static async Task<int> RunAsync(StoryOptions options, TimeProvider machine, CancellationToken cancel)
    {
        try
        {
            await using var kubernetes = await KubernetesHttpHost.StartAsync(
                SandboxSeed.Create(machine.GetUtcNow(), options.Seed, options.MoreTargets, new SandboxOptions { KedaVersion = options.KedaVersion }.WithPlatform()), machine, options.ClusterPort);
            await using var receivers = await ReceiverHost.StartAsync(machine, options.ReceiversPort);
            Console.WriteLine($"Kubernetes API {kubernetes.Address}   Slack {receivers.SlackUrl}   PagerDuty {receivers.PagerDutyUrl}");
            Console.WriteLine("Serving. Ctrl+C ends it.");
            await Task.Delay(Timeout.InfiniteTimeSpan, machine, cancel);
            return 0;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return 0;
        }
        catch (InvalidOperationException taken)
        {
            await Console.Error.WriteLineAsync(taken.Message);
            return 2;
        }
    }
}
