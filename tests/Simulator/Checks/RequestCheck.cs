namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>Nothing that a reactor sees makes it storm the API server: so many requests in half a minute are a loop that gets nowhere.</summary>
internal sealed class RequestCheck(World world) : ICheck
{
    private const int Most = 2_000;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, (DateTimeOffset From, int Count)> _asked = [];

    public void Asked(string reactor)
    {
        var (from, count) = _asked.GetValueOrDefault(reactor);
        if (world.Time.Now - from > Window)
            (from, count) = (world.Time.Now, 0);
        _asked[reactor] = (from, count + 1);
        if (count + 1 == Most)
            world.Broken(15, $"{reactor} sent {Most} requests in {Window.TotalSeconds:0} s from {from:HH:mm:ss} on");
    }
}
