using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// The way to the primary that has the store's keys. Made when it is first needed and whenever it broke, so that a host may start before
/// its Redis; who asks meanwhile waits for the same attempt.
/// </summary>
internal sealed class RedisConnection(RedisSettings settings) : IDisposable
{
    // Not a read of any key, so that every node of a cluster answers it.
    private const string Role = """
        local function info(section)
            local answer = redis.pcall('INFO', section)
            return type(answer) == 'string' and answer or ''
        end
        return info('replication') .. info('cluster')
        """;

    private readonly RedisEndpoint[] endpoints = [.. settings.Endpoints.Select(RedisEndpoint.Parse)];
    private readonly Lock sync = new();
    private Task<RedisNode>? current;
    private RedisEndpoint? told;
    private bool disposed;

    /// <summary>All of them, for messages.</summary>
    public string Name { get; } = string.Join(", ", settings.Endpoints);

    /// <exception cref="StoreUnavailableException">With a reason for each endpoint.</exception>
    public Task<RedisNode> NodeAsync()
    {
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (current is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result.IsConnected: true }) return current;
            Drop();
            return current = Task.Run(ConnectAsync);
        }
    }

    /// <summary>The next call connects anew, if nobody has seen to it yet.</summary>
    public void Forget(RedisNode node)
    {
        lock (sync)
        {
            if (current is { IsCompletedSuccessfully: true } && current.Result == node) Drop();
        }
    }

    /// <summary>The keys have moved: the next call asks there first.</summary>
    public void Follow(RedisNode from, string endpoint)
    {
        lock (sync)
        {
            // Without a host it is another port of the same one: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
            told = RedisEndpoint.Parse(endpoint.StartsWith(':') ? from.Endpoint.Host + endpoint : endpoint);
        }

        Forget(from);
    }

    public void Dispose()
    {
        lock (sync)
        {
            disposed = true;
            Drop();
        }
    }

    private void Drop()
    {
        _ = current?.ContinueWith(made => made.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        current = null;
    }

    private async Task<RedisNode> ConnectAsync()
    {
        RedisEndpoint? first;
        lock (sync) first = told;
        var failures = new List<StoreUnavailableException>();
        foreach (var endpoint in first is null ? endpoints : endpoints.Where(endpoint => endpoint != first).Prepend(first))
        {
            try
            {
                return await PrimaryAsync(endpoint);
            }
            catch (StoreUnavailableException exception)
            {
                failures.Add(exception);
            }
        }

        // What a cluster once said may be long out of date.
        lock (sync) told = null;
        throw new StoreUnavailableException(string.Join(" ", failures.Select(failure => failure.Message)), failures[0]);
    }

    private async Task<RedisNode> PrimaryAsync(RedisEndpoint endpoint)
    {
        var node = await RedisNode.ConnectAsync(endpoint, settings, settings.Password?.Now);
        try
        {
            var deadline = new Deadline(settings.Timeout);
            await CheckUserAsync(node, deadline);
            var answer = await node.EvaluateAsync(new RedisScript(Role, Writes: false), [], [], 0, TimeSpan.Zero, deadline, CancellationToken.None);
            // A cluster's replica says itself who the primary is. One that may not be asked is taken as it is.
            var replication = RedisInfo.Of((string?)answer);
            if (replication.GetValueOrDefault("role") == "slave" && replication.GetValueOrDefault("cluster_enabled") != "1")
            {
                throw new StoreUnavailableException(
                    $"Redis at {endpoint} is a replica (of {replication.GetValueOrDefault("master_host")}:{replication.GetValueOrDefault("master_port")}); "
                    + "the store needs the primary: add its address to the endpoints.");
            }

            return node;
        }
        catch (Exception exception)
        {
            node.Dispose();
            if (exception is StoreUnavailableException || !RedisErrors.IsOutside(exception)) throw;
            throw RedisErrors.Translate(exception, endpoint.ToString(), settings.Timeout);
        }
    }

    /// <summary>Where the default user needs no password, the client goes on as that one after its own was refused.</summary>
    private async Task CheckUserAsync(RedisNode node, Deadline deadline)
    {
        if (settings.User is not { } user) return;
        try
        {
            var found = (string?)await node.ExecuteAsync("ACL", ["WHOAMI"], deadline, CancellationToken.None);
            if (found != user) throw new StoreUnavailableException($"Redis at {node.Endpoint} can't be used now: it refuses the password of the user {user} that is set.");
        }
        catch (RedisServerException exception) when (RedisErrors.IsForbidden(exception))
        {
            // Whoever is not the default user and may not ask is who he is.
        }
    }
}
