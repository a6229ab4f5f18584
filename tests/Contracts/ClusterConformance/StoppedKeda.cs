namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>A part of KEDA that a case has stopped, until it is given back: by the case, or at its end however it ends.</summary>
internal sealed class StoppedKeda(Func<Task> start, Func<Task> up) : IAsyncDisposable
{
    private bool _back;

    /// <summary>It is on its way up when this returns.</summary>
    public async Task GiveBackAsync()
    {
        await start();
        _back = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_back)
            return;
        await GiveBackAsync();
        await up();
    }
}
