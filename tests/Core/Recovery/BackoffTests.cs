namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

public sealed class BackoffTests
{
    private readonly Policy _policy = new();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 8)]
    [InlineData(4, 16)]
    [InlineData(5, 30)]
    [InlineData(6, 30)]
    [InlineData(1000, 30)]
    public void The_wait_doubles_within_its_jitter_and_never_passes_the_cap(int attempt, int minutes)
    {
        var waits = Enumerable.Range(0, 500).Select(i => Backoff.Wait(_policy, $"incident-{i}", attempt)).ToList();
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromMinutes(minutes * 0.8), TimeSpan.FromMinutes(Math.Min(30, minutes * 1.2))));
        Assert.True(waits.Distinct().Count() > 250, "incidents must not march in step");
        Assert.True(waits.Max() - waits.Min() > TimeSpan.FromMinutes(minutes * 0.15));
    }

    [Fact]
    public void The_same_incident_waits_the_same_in_every_replay() =>
        Assert.Equal(Backoff.Wait(_policy, "20260302-020300-operator-unhealthy", 2), Backoff.Wait(_policy, "20260302-020300-operator-unhealthy", 2));

    [Fact]
    public void Without_jitter_it_is_exact() =>
        Assert.Equal(TimeSpan.FromMinutes(8), Backoff.Wait(_policy with { WaitJitterPercent = 0 }, "x", 3));
}
