using System.Net.Security;
using System.Security.Authentication;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Wire;
using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// A connection to one server. All keys of a store lie in one hash slot, so one server has them all; talking to just that one, also of a
/// cluster, keeps a write and the WAIT for its replicas together, and needs nothing of the client's knowledge of clusters.
/// </summary>
internal sealed class RedisNode : IDisposable
{
    /// <summary>
    /// Commands that the client would send of its own accord: they would tell it that there is a cluster (INFO, CLUSTER), write a key to find
    /// out whether this is a replica (SET), or open a second connection (the rest).
    /// </summary>
    private static readonly HashSet<string> NotForTheClient = ["INFO", "CLUSTER", "SET", "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE"];

    private readonly ConnectionMultiplexer multiplexer;
    private readonly IDatabase database;
    private readonly Lock sync = new();
    private long answered;
    private int calls;
    private bool retired;

    private RedisNode(ConnectionMultiplexer multiplexer, RedisEndpoint endpoint) =>
        (this.multiplexer, database, Endpoint) = (multiplexer, multiplexer.GetDatabase(), endpoint);

    public RedisEndpoint Endpoint { get; }

    public bool IsConnected => multiplexer.IsConnected;

    /// <exception cref="StoreUnavailableException">With the reason.</exception>
    public static async Task<RedisNode> ConnectAsync(RedisEndpoint endpoint, RedisSettings settings, Secret? password)
    {
        string? distrust = null;
        var options = Options(endpoint, settings, password);
        if (settings.Tls)
            options.CertificateValidation += (_, certificate, chain, errors) => (distrust = ServerTrust.Distrust(certificate, chain, errors, settings.CaFile)) is null;
        var connecting = ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            return new RedisNode(await connecting.WaitAsync(Patience(settings), TimeProvider.System), endpoint);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or AuthenticationException or IOException)
        {
            _ = connecting.ContinueWith(late => late.Result.Close(allowCommandsToComplete: false), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw RedisErrors.NotConnected(exception, endpoint, settings, password, Patience(settings), distrust);
        }
    }

    /// <summary>
    /// Runs it here and nowhere else. With <paramref name="replicas"/> above 0 it also waits until so many have what it wrote; a connection
    /// that was made anew between the two would wait for nothing, so both must have gone over the same.
    /// </summary>
    public async Task<RedisResult> EvaluateAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] values, int replicas, TimeSpan replicaTimeout, Deadline deadline, CancellationToken cancel)
    {
        var waits = script.Writes && replicas > 0;
        // Sent in one go, without waiting in between: the connection answers in this order.
        var before = waits ? database.ExecuteAsync("CLIENT", "ID") : null;
        var evaluating = database.ScriptEvaluateAsync(script.Text, keys, values, CommandFlags.NoRedirect);
        var waiting = waits ? database.ExecuteAsync("WAIT", replicas, (long)replicaTimeout.TotalMilliseconds) : null;
        var after = waits ? database.ExecuteAsync("CLIENT", "ID") : null;

        var result = await AnswerAsync(evaluating, deadline, cancel);
        if (!waits) return result;
        var acknowledged = (long)await AnswerAsync(waiting!, deadline, cancel);
        if ((long)await AnswerAsync(before!, deadline, cancel) != (long)await AnswerAsync(after!, deadline, cancel))
            throw new StoreUnavailableException($"The connection to Redis at {Endpoint} broke off between a write and its check for replicas. It may have been written; trying again does no harm.");
        if (acknowledged < replicas)
            throw new StoreUnavailableException(RedisErrors.TooFewReplicas(Endpoint, acknowledged, replicas, replicaTimeout));
        return result;
    }

    public Task<RedisResult> ExecuteAsync(string command, object[] arguments, Deadline deadline, CancellationToken cancel) =>
        AnswerAsync(database.ExecuteAsync(command, arguments), deadline, cancel);

    /// <summary>True when nothing at all has come back since then: the connection leads nowhere, although nobody has closed it.</summary>
    public bool SilentSince(long timestamp) => Interlocked.Read(ref answered) < timestamp;

    /// <summary>False when it is closed, or about to be. Else it stays open until as many <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        lock (sync)
        {
            if (!retired) calls++;
            return !retired;
        }
    }

    public void Leave()
    {
        bool last;
        lock (sync) last = --calls == 0 && retired;
        if (last) Close();
    }

    /// <summary>Closes it when the last call has left: one call's redirection must not tear the answers of others away.</summary>
    public void Dispose()
    {
        bool last;
        lock (sync) (last, retired) = (calls == 0 && !retired, true);
        if (last) Close();
    }

    // Dispose would first wait for commands that nobody waits for any more.
    private void Close() => multiplexer.Close(allowCommandsToComplete: false);

    private async Task<RedisResult> AnswerAsync(Task<RedisResult> sent, Deadline deadline, CancellationToken cancel)
    {
        try
        {
            return await deadline.WaitAsync(sent, cancel);
        }
        finally
        {
            if (sent.IsCompleted) Interlocked.Exchange(ref answered, TimeProvider.System.GetTimestamp());
        }
    }

    // Half a call: then there is time to say why it failed, or to try the next endpoint.
    private static TimeSpan Patience(RedisSettings settings) => settings.Timeout / 2;

    private static ConfigurationOptions Options(RedisEndpoint endpoint, RedisSettings settings, Secret? password)
    {
        // The client's own limits are there for what nobody waits for any more; the waiting is bounded by the deadline.
        var forgotten = (int)(2 * (settings.Timeout + settings.ReplicaTimeout)).TotalMilliseconds;
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = true,
            AllowAdmin = true,
            ClientName = "sophia-keda-reactor",
            CommandMap = CommandMap.Create(NotForTheClient, available: false),
            ConfigurationChannel = "",
            ConnectRetry = 1,
            ConnectTimeout = (int)Patience(settings).TotalMilliseconds,
            DefaultVersion = new Version(6, 0),
            Password = password?.Reveal(),
            Ssl = settings.Tls,
            SslHost = settings.Tls ? endpoint.Host : null,
            SyncTimeout = forgotten,
            TieBreaker = "",
            User = settings.User,
        };
        options.EndPoints.Add(endpoint.Host, endpoint.Port);
        return options;
    }
}
