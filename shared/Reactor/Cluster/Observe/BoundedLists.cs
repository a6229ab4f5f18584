namespace Sophia.Keda.Reactor.Cluster;

/// <summary>The lists of one look: a few at once, within one number of bytes and one deadline. Disposed when every read of it has ended.</summary>
internal sealed class BoundedLists(ApiClient api, ByteBudget bytes, CancellationToken stop) : IDisposable
{
    private const int AtOnce = 4;
    private readonly PagedList _lists = new(api);
    private readonly SemaphoreSlim _bound = new(AtOnce);

    public Task<Listing<T>> ReadAsync<T>(ListOf<T> list)
        where T : ObjectDto => BoundedAsync(() => _lists.ReadAsync(list, stop, bytes));

    /// <summary>What a group serves, as discovery has it.</summary>
    public Task<Answer<ResourceListDto>> ServedAsync(string groupVersion) =>
        BoundedAsync(() => api.SendAsync(ApiRequest.Get($"apis/{groupVersion}"), ApiJson.Default.ResourceListDto, stop));

    public void Dispose() => _bound.Dispose();

    private async Task<T> BoundedAsync<T>(Func<Task<T>> read)
    {
        await _bound.WaitAsync(CancellationToken.None);
        try
        {
            return await read();
        }
        finally
        {
            _bound.Release();
        }
    }
}
