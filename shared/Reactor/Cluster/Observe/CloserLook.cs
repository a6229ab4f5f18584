using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What is asked only when it matters, after the lists: single objects, and the events behind replicas that don't come up.</summary>
internal sealed class CloserLook(ApiClient api, ScalePath scale, TimeProvider time, MemorySigner? signer)
{
    private const int AtOnce = 4;
    private const int MostAgain = 500;

    private readonly PagedList _lists = new(api);

    /// <summary>
    /// Each of these as it is now. Lists come from the API server's cache and may be older than our own last write; a GET does not.
    /// At most <see cref="MostAgain"/> at a look: the next takes up the rest.
    /// </summary>
    public async Task<Observation> ReadAgainAsync(Observation seen, IReadOnlyList<TargetId> targets, CancellationToken cancel)
    {
        var answers = await EachAsync(targets.Take(MostAgain), async id =>
        {
            var answer = await api.SendAsync(ApiRequest.Get(ApiPath.ScaledObject(id)), ObserveJson.Default.ScaledObjectDto, cancel);

            // Gone, or not to be read now: then it is not adopted now.
            return answer is { IsSuccess: true, Value: { } found } && found.Uid == seen.Targets[id].Uid
                ? TargetReader.Again(seen.Targets[id], found, signer)
                : null;
        });
        cancel.ThrowIfCancellationRequested();
        return With(seen, answers) with { ReadAgain = [.. answers.OfType<TargetView>().Select(view => view.Id)] };
    }

    /// <summary>The counts of workloads of other kinds by their /scale. One that can't be read keeps what was known of it.</summary>
    public async Task<Observation> ReadScalesAsync(Observation seen, IReadOnlyList<TargetId> targets, CancellationToken cancel)
    {
        var answers = await EachAsync(targets, async id =>
        {
            var view = seen.Targets[id];
            var (path, problem) = await scale.ForAsync(id.Namespace, view.Workload, cancel);
            if (path is null)
                return problem is { Outcome: Outcome.Refused, Status: null or 404 } ? view with { Replicas = null, KindServed = false } : null;
            var answer = await api.SendAsync(ApiRequest.Get(path), ObserveJson.Default.ScaleDto, cancel);
            return answer switch
            {
                { IsSuccess: true, Value.Spec: { } spec } => view with
                {
                    Replicas = new WorkloadView
                    {
                        Desired = spec.Replicas ?? 0,
                        Available = answer.Value.Status?.Replicas ?? 0,
                        Source = ReplicaSource.Scale,
                        ResourceVersion = answer.Value.Metadata?.ResourceVersion ?? "",
                    },
                },
                { Status: 404 } => view with { Replicas = null },
                _ => null,
            };
        });
        cancel.ThrowIfCancellationRequested();
        return With(seen, answers);
    }

    /// <summary>Why replicas of these don't come up, where an event says it. Not to know is no problem.</summary>
    public async Task<Observation> FindShortagesAsync(Observation seen, IReadOnlyList<TargetId> targets, CancellationToken cancel)
    {
        var lists = await Task.WhenAll(Events("FailedScheduling"), Events("FailedCreate"));
        cancel.ThrowIfCancellationRequested();
        var events = lists.SelectMany(l => l.Items).ToLookup(e => e.Namespace, StringComparer.Ordinal);
        var now = time.GetUtcNow();
        return With(seen, targets.Select(id => seen.Targets[id])
            .Select(view => ShortageReader.OfEvents(view, events[view.Id.Namespace], now) is { Length: > 0 } words ? view with { Shortage = words } : null));

        Task<Listing<EventDto>> Events(string reason) => _lists.ReadAsync(new ListOf<EventDto>("api/v1/events", "Event", ObserveJson.Default.EventDto) { FieldSelector = $"reason={reason}" }, cancel);
    }

    private static Observation With(Observation seen, IEnumerable<TargetView?> changed) => seen with
    {
        Targets = seen.Targets.SetItems(changed.OfType<TargetView>().Select(view => KeyValuePair.Create(view.Id, view))),
    };

    private static async Task<TargetView?[]> EachAsync(IEnumerable<TargetId> targets, Func<TargetId, Task<TargetView?>> read)
    {
        using var bound = new SemaphoreSlim(AtOnce);
        return await Task.WhenAll(targets.Select(async id =>
        {
            await bound.WaitAsync();
            try
            {
                return await read(id);
            }
            finally
            {
                bound.Release();
            }
        }));
    }
}
