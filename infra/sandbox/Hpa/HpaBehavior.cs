namespace Sophia.Keda.Reactor.Sandbox.Hpa;

/// <summary>Stabilisation windows and rate policies of one HPA, with the recommendations and scalings they look back on.</summary>
public sealed class HpaBehavior
{
    private readonly List<(DateTimeOffset At, int Replicas)> _recommendations = [];
    private readonly List<(DateTimeOffset At, int Change)> _scalings = [];

    /// <summary>The count found at the first sync counts as a recommendation: that is what keeps a fresh HPA from scaling down at once.</summary>
    public void Begin(DateTimeOffset now, int current)
    {
        if (_recommendations.Count == 0)
            _recommendations.Add((now, current));
    }

    public void Scaled(DateTimeOffset now, int change) => _scalings.Add((now, change));

    public int Stabilize(HpaView hpa, DateTimeOffset now, int current, int desired)
    {
        var longest = Math.Max(hpa.Up.StabilizationSeconds, hpa.Down.StabilizationSeconds);
        _recommendations.RemoveAll(r => (now - r.At).TotalSeconds > Math.Max(longest, 15));
        var up = desired;
        var down = desired;
        foreach (var (at, replicas) in _recommendations)
        {
            var age = (now - at).TotalSeconds;
            if (age < hpa.Up.StabilizationSeconds)
                up = Math.Min(up, replicas);
            if (age < hpa.Down.StabilizationSeconds)
                down = Math.Max(down, replicas);
        }

        _recommendations.Add((now, desired));
        var result = current;
        if (result < up)
            result = up;
        if (result > down)
            result = down;
        return result;
    }

    public (int Replicas, bool Limited, string Reason, string Message) Limit(HpaView hpa, DateTimeOffset now, int current, int desired)
    {
        _scalings.RemoveAll(s => (now - s.At).TotalSeconds > 1800);
        if (desired > current)
        {
            var limit = Math.Max(UpLimit(hpa.Up, now, current), current);
            var allowed = Math.Min(hpa.Max, limit);
            if (desired > allowed)
                return limit < hpa.Max
                    ? (allowed, true, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
                    : (allowed, true, "TooManyReplicas", "the desired replica count is more than the maximum replica count");
        }
        else if (desired < current)
        {
            var limit = Math.Min(DownLimit(hpa.Down, now, current), current);
            var allowed = Math.Max(hpa.Min, limit);
            if (desired < allowed)
                return limit > hpa.Min
                    ? (allowed, true, "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
                    : (allowed, true, "TooFewReplicas", "the desired replica count is less than the minimum replica count");
        }

        return (desired, false, "DesiredWithinRange", "the desired count is within the acceptable range");
    }

    private int UpLimit(HpaRules rules, DateTimeOffset now, int current)
    {
        if (rules.SelectPolicy == "Disabled")
            return current;
        var limits = rules.Policies.Select(policy =>
        {
            var before = Before(policy, now, current);
            return policy.Percent ? (int)Math.Ceiling(before * (1 + (policy.Value / 100.0))) : before + policy.Value;
        });
        return rules.SelectPolicy == "Min" ? limits.Min() : limits.Max();
    }

    private int DownLimit(HpaRules rules, DateTimeOffset now, int current)
    {
        if (rules.SelectPolicy == "Disabled")
            return current;
        var limits = rules.Policies.Select(policy =>
        {
            var before = Before(policy, now, current);
            return policy.Percent ? (int)(before * (1 - (policy.Value / 100.0))) : before - policy.Value;
        });
        return rules.SelectPolicy == "Min" ? limits.Max() : limits.Min();
    }

    /// <summary>The count at the start of the policy's period.</summary>
    private int Before(HpaPolicy policy, DateTimeOffset now, int current) =>
        current - _scalings.Where(s => (now - s.At).TotalSeconds < policy.PeriodSeconds).Sum(s => s.Change);
}
