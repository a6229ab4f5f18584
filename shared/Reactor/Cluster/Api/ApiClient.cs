using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.Retry;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Sends requests with a timeout each and a short, bounded repetition, and tells every end as an <see cref="Answer"/>.
/// Repeating is safe because every write is idempotent and guarded.
/// </summary>
internal sealed class ApiClient
{
    private const int Retries = 2;

    /// <summary>
    /// Repetitions that one run may make in all, beside a tenth of what it sends: an API server in trouble must not get a thousand writes three
    /// times. What is left undone, the next look takes up.
    /// </summary>
    private const int RetriesOfRun = 20;

    private const double RetryShare = 0.1;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    /// <summary>The words of a request that was called off.</summary>
    public const string Stopped = "stopped while waiting for the answer";

    /// <summary>The words of one that had not begun then.</summary>
    public const string NeverBegun = "stopped before it was sent";

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private int _sent;
    private int _repeated;

    public ApiClient(HttpClient http, Policy policy, TimeProvider time, Func<double> jitter)
    {
        _http = http;
        _timeout = policy.RequestTimeout;
        _time = time;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(200),
                UseJitter = true,
                Randomizer = jitter,
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is Answer { Again: true }),

                // Never before the server's time, and spread: many writes are told the same second.
                DelayGenerator = args => ValueTask.FromResult(
                    args.Outcome.Result is Answer { RetryAfter: { } wait } ? wait * (1 + (0.2 * jitter())) : (TimeSpan?)null),
            })
            .Build();
    }

    /// <summary>The budget of repetitions begins anew.</summary>
    public void BeginRun()
    {
        Interlocked.Exchange(ref _sent, 0);
        Interlocked.Exchange(ref _repeated, 0);
    }

    public Task<Answer<T>> SendAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class => SendAsync(request, body => JsonSerializer.Deserialize(body.Span, type), budget: null, cancel);

    /// <param name="request">What is asked.</param>
    /// <param name="parse">Makes the answer's object from the bytes of its body.</param>
    /// <param name="budget">What all answers of a look may hold together.</param>
    /// <param name="cancel">Ends it; the answer then says so.</param>
    public async Task<Answer<T>> SendAsync<T>(ApiRequest request, Func<ReadOnlyMemory<byte>, T?> parse, ByteBudget? budget, CancellationToken cancel)
        where T : class
    {
        var started = _time.GetTimestamp();
        Interlocked.Increment(ref _sent);
        Answer<T>? last = null;
        var sent = 0;
        var lost = false;

        // On the caller's context, where there is one: a simulation runs everything on one thread.
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, cancel);
        try
        {
            await _pipeline.ExecuteAsync(
                async attempt =>
                {
                    if (last is not null && !request.MaySend())
                        return last = last with { Again = false };

                    var answer = await TryAsync(request, parse, budget, attempt.CancellationToken);
                    sent++;
                    lost |= answer.Fate == Fate.Lost;
                    return last = answer with { Again = sent <= Retries && MayRepeat(answer, sent, _time.GetElapsedTime(started)) && InBudget() };
                },
                context);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Stopped while waiting for the next try: the last answer stands.
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        last ??= new Answer<T> { Fate = Fate.NotSent, Detail = NeverBegun };

        // A refused connection after a lost reply says nothing about the request that was lost.
        return lost && last.IsTransient ? last with { Fate = Fate.Lost } : last;
    }

    private bool InBudget()
    {
        if (Interlocked.Increment(ref _repeated) <= RetriesOfRun + (Volatile.Read(ref _sent) * RetryShare))
            return true;
        Interlocked.Decrement(ref _repeated);
        return false;
    }

    private static bool MayRepeat(Answer answer, int sent, TimeSpan elapsed) =>
        answer.IsTransient
        && (answer.Fate != Fate.Lost || sent == 1)
        && elapsed + (answer.RetryAfter ?? TimeSpan.Zero) < Budget;

    private async Task<Answer<T>> TryAsync<T>(ApiRequest request, Func<ReadOnlyMemory<byte>, T?> parse, ByteBudget? budget, CancellationToken cancel)
        where T : class
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        using var message = request.ToMessage();
        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode
                ? await AnswerReader.SuccessAsync(response, parse, budget, either.Token)
                : await AnswerReader.RefusalAsync<T>(response, _time.GetUtcNow(), either.Token);
        }
        catch (HttpRequestException e) when (NeverSent(e.HttpRequestError))
        {
            return new Answer<T> { Fate = Fate.NotSent, Detail = Words.Cut(e.Message) };
        }
        catch (OperationCanceledException)
        {
            var why = cancel.IsCancellationRequested ? Stopped : $"no answer within {_timeout.TotalSeconds:0.###} s";
            return new Answer<T> { Fate = Fate.Lost, Detail = why };
        }
        catch (Exception e)
        {
            // Whatever broke between here and the server, the request may have been done.
            return new Answer<T> { Fate = Fate.Lost, Detail = Words.Cut($"no answer: {e.Message}") };
        }
        finally
        {
            response?.Dispose();
        }
    }

    private static bool NeverSent(HttpRequestError error) => error
        is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError
        or HttpRequestError.UserAuthenticationError;
}
