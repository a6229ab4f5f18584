using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.Kind;

/// <summary>The script for a cluster with real KEDA, tried on the sandbox: that it works, and that it cleans up when it does not.</summary>
public sealed class KindScriptTests(ITestOutputHelper output)
{
    private const string Kubectl = "kubectl";

    [FactWithProgram(Kubectl)]
    public async Task The_operator_is_stopped_the_reactor_trips_it_returns_and_everything_is_as_before()
    {
        await using var script = await KindScript.StartAsync();
        var before = Names(script);

        var (code, said) = await script.RunAsync(patience: 90, "--stop-keda");

        output.WriteLine(said);
        Assert.True(code == 0, said);
        string[] steps = ["is scaled to 0", "the fallback HPA stands", "KEDA's HPA is gone", "its 4 replicas", "is scaled back to 2", "KEDA's HPA is back", "the fallback HPA is gone", "the incident is closed", "without a gap", "cleaned up"];
        Assert.Equal(steps, steps.Where(step => said.Contains(step, StringComparison.Ordinal)).OrderBy(step => said.IndexOf(step, StringComparison.Ordinal)));
        await AsBeforeAsync(script, before);
    }

    [FactWithProgram(Kubectl)]
    public async Task When_a_step_does_not_come_it_says_so_scales_keda_back_and_cleans_up()
    {
        await using var script = await KindScript.StartAsync();
        var before = Names(script);

        // The reactor's fallback is refused, so it never stands; by then the operator is scaled to 0.
        script.Kubernetes.Change(cluster => cluster.Faults.Add(new ApiFault
        {
            Kind = ApiFaultKind.Status, Status = 403, When = r => r.Method == "PATCH" && r.Path.Contains("/horizontalpodautoscalers/", StringComparison.Ordinal),
        }));
        var (code, said) = await script.RunAsync(patience: 25, "--stop-keda");

        output.WriteLine(said);
        Assert.Equal(1, code);
        Assert.Contains("is scaled to 0", said, StringComparison.Ordinal);
        Assert.Contains("Not within 25 s: the fallback HPA stands", said, StringComparison.Ordinal);
        await AsBeforeAsync(script, before);
    }

    [FactWithProgram(Kubectl)]
    public async Task Without_leave_to_stop_keda_it_does_not_begin()
    {
        await using var script = await KindScript.StartAsync();
        var before = script.Kubernetes.Look(cluster => cluster.Store.ResourceVersion);

        var (code, said) = await script.RunAsync(patience: 6);

        Assert.Equal(2, code);
        Assert.Contains("--stop-keda allows that", said, StringComparison.Ordinal);
        Assert.DoesNotContain(script.Kubernetes.Look(cluster => cluster.Store.Since(before).Select(c => c.By).ToList()), by => by == Kubectl);
    }

    private static async Task AsBeforeAsync(KindScript script, IReadOnlyList<string> before)
    {
        // The cluster, but for what came and went by itself.
        await UntilAsync(() => Names(script).SequenceEqual(before));
        Assert.Equal(OperatorState.Alive, script.Kubernetes.Look(cluster => cluster.Operator.State));
        Assert.Empty(script.Left);
    }

    /// <summary>Every object but events, and how KEDA's Deployments are scaled.</summary>
    private static IReadOnlyList<string> Names(KindScript script) => script.Kubernetes.Look(cluster =>
        (IReadOnlyList<string>)[.. Resources.Stored.Where(r => r != Resources.Events)
            .SelectMany(r => cluster.Store.All(r).Select(o => o.Namespace == KedaInstallation.Namespace ? $"{r} {o.Key} {o.Spec.Whole("replicas")}" : $"{r} {o.Key}"))]);

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !holds();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "not within a minute");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
