using System.Globalization;
using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// Runs scripts where the keys are. The layout is checked inside each of them, so that no connection, however it came about, writes into a
/// store that is another's, and one that was emptied while the reactor ran begins a new chain before anything is written.
/// </summary>
internal sealed class RedisScripts(string cluster, RedisSettings settings) : IDisposable
{
    public const int LayoutVersion = 1;

    /// <summary>How often one call starts again: its scripts were flushed, its keys moved, its primary stepped down, its store emptied.</summary>
    private const int MostTurns = 6;

    private static readonly string Version = LayoutVersion.ToString(CultureInfo.InvariantCulture);

    private readonly RedisKeys keys = new(cluster);
    private readonly RedisConnection connection = new(settings);

    /// <summary>Its endpoints, for messages.</summary>
    public string Name => connection.Name;

    /// <exception cref="StoreUnavailableException">Not reached, or not written as it should be.</exception>
    /// <exception cref="StoreContentException">What is there is not for this version or cluster.</exception>
    public Task<RedisReply> RunAsync(RedisScript script, RedisArguments arguments, CancellationToken cancel) =>
        OnNodeAsync(
            script.Writes && settings.Replicas > 0 ? settings.Timeout + settings.ReplicaTimeout : settings.Timeout,
            repeatable: !script.Writes,
            (node, deadline) => RunAsync(node, script, arguments, deadline, cancel),
            cancel);

    /// <summary>A command that the server may refuse to this user: null then.</summary>
    public Task<RedisResult?> AskAsync(string command, string[] arguments, CancellationToken cancel) => OnNodeAsync(
        settings.Timeout,
        repeatable: true,
        async (node, deadline) =>
        {
            try
            {
                return (true, await node.ExecuteAsync(command, [.. arguments], deadline, cancel));
            }
            catch (RedisServerException)
            {
                return (true, (RedisResult?)null);
            }
        },
        cancel);

    /// <summary>The refusal of something in the store.</summary>
    public StoreContentException Refuse(string key, string found, string expected, Misfit misfit = Misfit.Damaged, Exception? inner = null) =>
        RedisErrors.Refuse(connection.Name, key.StartsWith('{') ? key : keys.Prefix + key, keys.Prefix, found, expected, misfit, inner);

    public void Dispose() => connection.Dispose();

    private async Task<(bool Done, RedisReply Reply)> RunAsync(RedisNode node, RedisScript script, RedisArguments arguments, Deadline deadline, CancellationToken cancel)
    {
        var parts = await EvaluateAsync(node, script, arguments, deadline, cancel);
        switch ((string?)parts[0])
        {
            case "done":
                return (true, new RedisReply(this, parts));
            case "empty":
                var made = await EvaluateAsync(node, RedisScript.Make, new RedisArguments().Add(Chains.New()), deadline, cancel);
                return (string?)made[0] == "done" ? (false, new RedisReply(this, made)) : throw Refuse(made);
            default:
                throw Refuse(parts);
        }
    }

    private async Task<RedisResult[]> EvaluateAsync(RedisNode node, RedisScript script, RedisArguments arguments, Deadline deadline, CancellationToken cancel) =>
        (RedisResult[]?)await node.EvaluateAsync(script, keys.All, arguments.After(Version, cluster), settings.Replicas, settings.ReplicaTimeout, deadline, cancel) ?? [];

    private StoreContentException Refuse(RedisResult[] parts) =>
        Refuse((string?)parts[1] ?? "", (string?)parts[2] ?? "", (string?)parts[3] ?? "", MisfitOf((string?)parts.ElementAtOrDefault(4), (string?)parts[2]));

    /// <summary>A layout of a higher number is a newer version's.</summary>
    private static Misfit MisfitOf(string? kind, string? found) => kind switch
    {
        "foreign" => Misfit.Foreign,
        "version" when long.TryParse(found?.Split(' ')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > LayoutVersion => Misfit.Newer,
        _ => Misfit.Damaged,
    };

    private async Task<T> OnNodeAsync<T>(TimeSpan atMost, bool repeatable, Func<RedisNode, Deadline, Task<(bool Done, T Result)>> call, CancellationToken cancel)
    {
        var deadline = new Deadline(atMost);
        for (var turn = 1; ; turn++)
        {
            var node = await NodeAsync(deadline, cancel);
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                var (done, result) = await call(node, deadline);
                if (done) return result;
                if (turn == MostTurns) throw new StoreUnavailableException($"Redis at {node.Endpoint} is emptied again and again while it is used.");
            }
            catch (RedisServerException exception) when (turn < MostTurns && RedisErrors.IsNoScript(exception))
            {
                // Flushed, restarted or failed over: the client sends the script along the next time.
            }
            catch (RedisServerException exception) when (turn < MostTurns && RedisErrors.MovedTo(exception) is { } endpoint)
            {
                connection.Follow(node, endpoint);
            }
            catch (RedisServerException exception) when (turn == 1 && RedisErrors.IsReplica(exception))
            {
                // It was the primary and is no more. Nothing was written, so the new one may be looked for at once.
                connection.Forget(node);
            }
            catch (RedisServerException exception) when (turn == 1 && RedisErrors.IsStranger(exception))
            {
                // The client came back by itself with a password that counts no more. Nothing was done; a connection of ours tries the other one too.
                connection.Forget(node);
            }
            catch (Exception exception) when (RedisErrors.IsContent(exception))
            {
                throw Refuse(keys.Prefix + "*", $"something that a script can't work with ({exception.Message})", "what this version writes", Misfit.Damaged, exception);
            }
            catch (Exception exception) when (RedisErrors.IsOutside(exception))
            {
                // A server that answers, if only with a refusal, needs no other connection; one that is silent may never close its own.
                if (exception is not RedisServerException && (exception is not TimeoutException || node.SilentSince(began)))
                    connection.Forget(node);
                // The server was restarted since the last call, most likely. What may have been written is the caller's to ask about.
                if (!repeatable || turn > 1 || !RedisErrors.IsBroken(exception))
                    throw RedisErrors.Translate(exception, node.Endpoint.ToString(), deadline.Of);
            }
            finally
            {
                node.Leave();
            }
        }
    }

    private async Task<RedisNode> NodeAsync(Deadline deadline, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var node = await deadline.WaitAsync(connection.NodeAsync(), cancel);
                // Another call may have retired it just now; then the connection has a new one, or makes it.
                if (node.TryEnter()) return node;
            }
        }
        catch (TimeoutException exception)
        {
            throw RedisErrors.Translate(exception, connection.Name, deadline.Of);
        }
    }
}
