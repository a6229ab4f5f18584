namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>What sentences quote of one another (what was seen, why a target is left alone, why recovery is held) stands once, by itself.</summary>
internal sealed class Quoted
{
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Each that was quoted, and what it is. It may quote another.</summary>
    public IEnumerable<(string Text, string What)> Met => _known.Select(k => (Out(k.Key, but: k.Key), k.Value));

    /// <summary>A page's title begins with its cause in words, which are shown once.</summary>
    public static string WithoutCause(string title)
    {
        foreach (var words in Enum.GetValues<Cause>().Select(IncidentPages.Title))
        {
            if (title.Contains(words + ":", StringComparison.Ordinal) || title.EndsWith(words, StringComparison.Ordinal))
                return title.Replace(words, "«cause»", StringComparison.Ordinal);
        }

        return title;
    }

    /// <summary>What a world knows at a time.</summary>
    public void Know(DecisionInput input, Panel panel)
    {
        Know(panel);
        Know(panel.WritesStop?.Words(input.Now), "stop");
        var policy = input.Policy;
        Know($"{policy.VerifyProbes} good probes, one canary watched for {Words.Span(policy.RecoveryTestPeriod)}, then waves of {Words.Percent(policy.Waves)}", "path");
        if (input.Observation is { } seen)
        {
            Know(KedaHealth.Trouble(panel.Signs, seen, input.Now), "seen");
            foreach (var view in seen.Targets.Values)
                Know(Untouchable.Of(panel, view)?.Note, "note");
        }
    }

    /// <summary>What it remembers.</summary>
    public void Know(Panel panel)
    {
        foreach (var incident in panel.Incidents.Values)
        {
            Know(incident.Why, "seen");
            foreach (var evidence in incident.Evidence.Values)
                Know(evidence.What, "seen");
            foreach (var member in incident.Members.Values)
                Know(member.Note, "note");
            Know(incident.Hold?.Words, "hold");
        }

        foreach (var suppressed in panel.Suppressed.Values)
            Know(suppressed.What, "seen");
        foreach (var target in panel.Targets.Values)
        {
            Know(target.Problem, "problem");
            Know(target.HeldBecause, "held");
            Know(target.Memory.ActionBecause, "action");
        }

        foreach (var window in panel.Windows.Values)
            Know(window.FailingBecause, "failing");
        foreach (var broken in panel.CantWork.Values)
            Know(broken.Why, "note");
    }

    /// <summary>The text with what it quotes replaced by its kind.</summary>
    public string Out(string text, string? but = null)
    {
        foreach (var (known, what) in _known.OrderByDescending(k => k.Key.Length))
        {
            if (known != but)
                text = text.Replace(known, $"«{what}»", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Not what somebody else said word for word, and not the name of a cause: those stand in other places too.</summary>
    private void Know(string? text, string what)
    {
        if (text is { Length: > 0 } && Placeholders.In(text) != "‹said›" && !Enum.GetValues<Cause>().Any(cause => IncidentPages.Title(cause) == text))
            _known.TryAdd(text, what);
    }
}
