using System.Net;
using System.Net.Sockets;
using Sophia.Keda.Reactor.Sandbox.Story;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>The command that shows it, as a newcomer types it.</summary>
public sealed class StoryTests
{
    private static readonly StoryOptions Quick = new() { Exit = true, Port = 0, ClusterPort = 0, Speed = 120, MoreTargets = 0, Seed = 11 };

    [Fact]
    public async Task The_story_reaches_its_end_and_every_invariant_holds() => Assert.Equal(0, await StoryCommand.RunAsync(Quick, default));

    [Theory]
    [InlineData("metrics-server-down")]
    [InlineData("scaler-errors")]
    public async Task So_does_each_other_way_in_which_KEDA_fails(string scenario) => Assert.Equal(0, await StoryCommand.RunAsync(Quick with { Scenario = scenario }, default));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_busy_port_ends_it_before_it_begins(bool reactors)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        Assert.Equal(2, await StoryCommand.RunAsync(reactors ? Quick with { Port = port } : Quick with { ClusterPort = port }, default));
    }

    [Fact]
    public async Task A_story_that_is_stopped_did_not_hold()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);

        Assert.Equal(1, await StoryCommand.RunAsync(Quick, stop.Token));
    }
}
