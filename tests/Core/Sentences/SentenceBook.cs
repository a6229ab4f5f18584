using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>One sentence of the catalogue.</summary>
/// <param name="Text">With placeholders for its values.</param>
internal sealed record Sentence(string Text)
{
    public SortedSet<Place> Places { get; } = [];

    /// <summary>The reasons it is recorded with, or the states it is said in, in the order in which they were played.</summary>
    public List<string> Said { get; } = [];

    /// <summary>The one scene that it is told in; null when others tell it too.</summary>
    public string? Owner { get; set; }
}

/// <summary>Every sentence that people were told in the scenes, once.</summary>
internal sealed partial class SentenceBook
{
    private readonly Dictionary<string, Sentence> _sentences = new(StringComparer.Ordinal);
    private string _scene = "";

    public IReadOnlyCollection<Sentence> All => _sentences.Values;

    /// <summary>The reasons that something was told with.</summary>
    public SortedSet<Reason> Reasons { get; } = [];

    public static SentenceBook Of(IEnumerable<Scene> scenes)
    {
        var book = new SentenceBook();
        foreach (var scene in scenes)
            book.Read(scene);
        return book;
    }

    private void Read(Scene scene)
    {
        _scene = scene.State;
        var quoted = new Quoted();
        foreach (var (input, decision) in scene.World.Decisions)
            quoted.Know(input, decision.Panel);
        foreach (var (_, decision) in scene.World.Told)
            quoted.Know(decision.Panel);
        foreach (var (_, decision) in scene.World.Told.Skip(scene.Told))
        {
            foreach (var verdict in decision.Verdicts)
                Read(verdict, quoted);
            foreach (var record in decision.Audit.Where(r => r.Reason != Reason.PageQueued))
                Read(record, quoted);
            foreach (var page in decision.Pages)
                Read(page, scene.State, quoted);
        }

        foreach (var (input, decision) in scene.World.Decisions.Skip(scene.Decisions))
        {
            foreach (var why in Explained(input, decision))
                Read(why, scene.State, quoted);
        }

        foreach (var (text, what) in quoted.Met)
            Add(Place.Quoted, Write().Replace(Placeholders.In(text), "«write»${end}"), $"«{what}»");
    }

    /// <summary>What explains each target after a decision.</summary>
    public static IEnumerable<Explanation> Explained(DecisionInput input, Decision decision) => input.Observation is not { } seen ? []
        : seen.Targets.Keys.Select(id => Explain.Of(decision.Panel, seen, input.Policy, id, input.Now)).OfType<Explanation>();

    private void Read(Verdict verdict, Quoted quoted)
    {
        var reason = Name(verdict.Reason);
        if (verdict.Answer is not { } answer)
        {
            Add(Place.Audit, verdict.Because, reason, quoted);
            return;
        }

        Add(Place.Order, verdict.Because, reason, quoted);
        Add(Place.Order, answer.Detail, reason, quoted);
        Add(Place.Order, answer.Next, reason, quoted);
        foreach (var target in answer.Targets)
            Add(Place.Order, target.WillDo, reason, quoted);
    }

    /// <summary>What a write was for and how it ended are told in one line, and each is shown once.</summary>
    private void Read(AuditRecord record, Quoted quoted)
    {
        if (record.Kind != AuditKind.Write || Write().Match(Placeholders.In(record.Text)) is not { Success: true } write)
        {
            Add(Place.Audit, record.Text, Name(record.Reason), quoted);
            return;
        }

        Add(Place.Audit, $"‹target›: «write»{write.Groups["end"].Value}", Name(record.Reason));
        Add(Place.Quoted, write.Groups["what"].Value, "«write»");
    }

    [GeneratedRegex(@"^(?:‹target›: )?(?<what>.+?)(?<end>: (?:done|found done|failed|refused|no answer came|the object changed).*)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Write();

    private void Read(Page page, string state, Quoted quoted)
    {
        Add(Place.PageTitle, Quoted.WithoutCause(page.Title), state, quoted);
        Add(Place.PageHappened, page.Happened, state, quoted);
        Add(Place.PageDid, page.Did, state, quoted);
        Add(Place.PageNext, page.Next, state, quoted);
        Add(Place.PageYouMay, page.YouMay, state, quoted);
        foreach (var target in page.Targets)
            Add(Place.PageTarget, target, state, quoted);
    }

    private void Read(Explanation why, string state, Quoted quoted)
    {
        Add(Place.Why, why.State, state, quoted, parts: true);
        Add(Place.Why, why.Next, state, quoted);
        foreach (var line in why.Applies.Concat(why.WouldChange))
            Add(Place.Why, line, state, quoted);
        foreach (var evidence in why.Evidence)
            Add(Place.Why, evidence.What, state, quoted);
        foreach (var decision in why.Decisions)
            Add(Place.Why, decision.Words, Name(decision.Reason), quoted);
        Add(Place.Why, why.Limits, state, quoted);
        Add(Place.Why, why.LastProbe, state, quoted, parts: true);
    }

    private string Name(Reason reason)
    {
        Reasons.Add(reason);
        return $"`{reason}`";
    }

    private void Add(Place place, string text, string said, Quoted quoted, bool parts = false)
    {
        foreach (var part in Placeholders.Sentences(quoted.Out(text), parts))
            Add(place, part, said);
    }

    private void Add(Place place, string part, string said)
    {
        if (!_sentences.TryGetValue(part, out var sentence))
            _sentences[part] = sentence = new Sentence(part) { Owner = _scene };
        if (sentence.Owner != _scene)
            sentence.Owner = null;
        sentence.Places.Add(place);
        if (!sentence.Said.Contains(said, StringComparer.Ordinal))
            sentence.Said.Add(said);
    }
}
