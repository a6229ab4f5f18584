using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Metrics;

/// <summary>One histogram of <see cref="ScalingDurations"/>.</summary>
/// <param name="Counts">How many fell into each bucket, the last one without a bound; not cumulative.</param>
public sealed record ScalingHistogram(TargetId Target, string Direction, ImmutableArray<long> Counts, double Sum);

/// <summary>
/// How long scalings take, as far as successive looks can tell: from the moment in which the HPA of a target wished for another count to the moment
/// in which so many replicas were available (upwards), or no more than so many were left (downwards). Where KEDA's HPA left an event, that
/// moment is known to the second; all others lie somewhere between two looks and are put into the middle, so that a value is half a
/// probe interval off at most. Each step of a ramp is measured for itself; a step that is taken back before it was reached is not measured.
/// Only looks of the instance that runs come here.
/// </summary>
public sealed class ScalingDurations
{
    /// <summary>Upper bounds in seconds, from the source documents.</summary>
    public static readonly ImmutableArray<double> Bounds = [1, 2, 5, 10, 15, 30, 45, 60, 120];

    /// <summary>What has not come about by then counts as having taken so long, and is waited for no more.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly Lock _sync = new();
    private readonly Dictionary<TargetId, Course> _courses = [];
    private readonly SortedDictionary<(TargetId Target, string Direction), Histogram> _histograms = [];
    private DateTimeOffset? _last;

    public ImmutableArray<ScalingHistogram> Read()
    {
        lock (_sync)
            return [.. _histograms.Select(h => new ScalingHistogram(h.Key.Target, h.Key.Direction, [.. h.Value.Counts], h.Value.Sum))];
    }

    /// <param name="seen">The newest look.</param>
    /// <param name="longestGap">After a longer one than this nothing can be said of what was under way.</param>
    public void Look(Observation seen, TimeSpan longestGap)
    {
        lock (_sync)
        {
            if (_last is { } before && (seen.At < before || seen.At - before > longestGap))
            {
                _last = null;
                _courses.Clear();
            }

            foreach (var view in seen.Targets.Values)
                Follow(view, _last ?? seen.At, seen.At);
            foreach (var gone in _courses.Keys.Where(id => !seen.Targets.ContainsKey(id)).ToList())
                _courses.Remove(gone);
            foreach (var gone in _histograms.Keys.Where(key => !seen.Targets.ContainsKey(key.Target)).ToList())
                _histograms.Remove(gone);
            _last = seen.At;
        }
    }

    private void Follow(TargetView view, DateTimeOffset last, DateTimeOffset now)
    {
        // An HPA that has not synced wishes for 0; two on one workload wish for two things.
        if (view.Hpas is not [{ ScalingActive: not null } hpa] || view.Replicas is not { Source: ReplicaSource.Workload } replicas)
        {
            _courses.Remove(view.Id);
            return;
        }

        if (!_courses.TryGetValue(view.Id, out var course) || course.HpaUid != hpa.Uid)
        {
            _courses[view.Id] = new Course(hpa.Uid, hpa.DesiredReplicas);
            return;
        }

        if (hpa.DesiredReplicas != course.Desired)
        {
            var up = hpa.DesiredReplicas > course.Desired;
            course.Desired = hpa.DesiredReplicas;
            course.Waits.RemoveAll(wait => wait.Up != up);
            course.Waits.Add(new Wait(up, hpa.DesiredReplicas, Began(view, hpa.DesiredReplicas, last, now)));
        }

        foreach (var wait in course.Waits.Where(w => w.ReachedBy(replicas)))
            Count(view.Id, wait.Up, Middle(wait.Since > last ? wait.Since : last, now) - wait.Since);
        foreach (var wait in course.Waits.Where(w => !w.ReachedBy(replicas) && now - w.Since > Longest))
            Count(view.Id, wait.Up, now - wait.Since);
        course.Waits.RemoveAll(wait => wait.ReachedBy(replicas) || now - wait.Since > Longest);
    }

    private static DateTimeOffset Began(TargetView view, int size, DateTimeOffset last, DateTimeOffset now)
    {
        // Events are told to the second.
        var told = view.Rescales.Where(e => e.Size == size && e.Last > last - TimeSpan.FromSeconds(1) && e.Last <= now).Select(e => (DateTimeOffset?)e.Last).Max();
        return told is { } at ? (at > last ? at : last) : Middle(last, now);
    }

    private static DateTimeOffset Middle(DateTimeOffset from, DateTimeOffset to) => from + (to - from) / 2;

    private void Count(TargetId target, bool up, TimeSpan took)
    {
        var key = (target, up ? "up" : "down");
        if (!_histograms.TryGetValue(key, out var histogram))
            _histograms[key] = histogram = new Histogram();
        var bucket = 0;
        while (bucket < Bounds.Length && took.TotalSeconds > Bounds[bucket])
            bucket++;
        histogram.Counts[bucket]++;
        histogram.Sum += took.TotalSeconds;
    }

    private sealed class Course(string hpaUid, int desired)
    {
        public string HpaUid => hpaUid;

        public int Desired { get; set; } = desired;

        public List<Wait> Waits { get; } = [];
    }

    private sealed record Wait(bool Up, int Size, DateTimeOffset Since)
    {
        public bool ReachedBy(WorkloadView replicas) => Up ? replicas.Available >= Size : Math.Max(replicas.Available, replicas.Desired) <= Size;
    }

    private sealed class Histogram
    {
        public long[] Counts { get; } = new long[Bounds.Length + 1];

        public double Sum { get; set; }
    }
}
