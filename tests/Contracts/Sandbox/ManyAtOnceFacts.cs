using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class ManyAtOnceFacts
{
    [Fact]
    public void Keda_deletes_about_ten_hpas_a_second_and_makes_about_four_a_second()
    {
        var world = new World(more: 55);
        var started = world.Cluster.Now;
        Patch(world, "\"true\"");
        while (Left(world) > 0 && world.Cluster.Now - started < TimeSpan.FromSeconds(30))
            world.WaitMs(100);
        Assert.InRange((world.Cluster.Now - started).TotalSeconds, 5, 7);

        world.Wait(30);
        Patch(world, "null");
        world.Wait(12 - 1.4);
        Assert.InRange(Left(world), 38, 52);
        world.Wait(20);
        Assert.Equal(60, Left(world));
    }

    [Fact]
    public void Paused_and_deleted_at_once_no_hpa_stays_made_again()
    {
        var world = new World(more: 55);
        foreach (var target in world.Cluster.Snapshot().Targets)
        {
            world.Merge($"/apis/keda.sh/v1alpha1/namespaces/{target.Namespace}/scaledobjects/{target.Name}", """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""");
            foreach (var hpa in target.Hpas)
                Assert.Equal(200, world.Call("DELETE", $"/apis/autoscaling/v2/namespaces/{target.Namespace}/horizontalpodautoscalers/{hpa.Name}").Status);
            world.WaitMs(15);
        }

        world.Wait(4);
        Assert.Equal(0, Left(world));
    }

    [Fact]
    public void Under_load_one_may_be_seen_again_for_a_moment_and_is_gone_3_s_later()
    {
        var again = 0;
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var world = new World(seed, more: 55);
            var kedas = world.Cluster.Snapshot().Targets.Select(t => (t.Workload, Hpa: t.Hpas.Single().Name)).ToDictionary(t => t.Workload, t => t.Hpa);
            var gone = new HashSet<WorkloadKey>();
            world.Cluster.History.Noted = (workload, now) =>
            {
                if (now.Hpas.Length == 0)
                    gone.Add(workload);
                else if (gone.Contains(workload) && now.Hpas.Contains(kedas[workload]))
                    again++;
            };
            foreach (var target in world.Cluster.Snapshot().Targets)
            {
                world.Merge($"/apis/keda.sh/v1alpha1/namespaces/{target.Namespace}/scaledobjects/{target.Name}", """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""");
                world.Call("DELETE", $"/apis/autoscaling/v2/namespaces/{target.Namespace}/horizontalpodautoscalers/{target.Hpas[0].Name}");
                world.WaitMs(15);
            }

            world.Wait(4);
            Assert.Equal(0, Left(world));
        }

        Assert.InRange(again, 1, 18);
    }

    private static void Patch(World world, string value)
    {
        foreach (var target in world.Cluster.Snapshot().Targets)
        {
            world.Merge($"/apis/keda.sh/v1alpha1/namespaces/{target.Namespace}/scaledobjects/{target.Name}",
                "{\"metadata\":{\"annotations\":{\"autoscaling.keda.sh/paused\":" + value + "}}}");
            world.WaitMs(23);
        }
    }

    private static int Left(World world) => world.Cluster.Snapshot().Targets.Sum(t => t.Hpas.Length);
}
