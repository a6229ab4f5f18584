using System.Text;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>The whole catalogue as a document.</summary>
internal sealed class SentencesText
{
    private static readonly (Place Place, string Title, string About)[] Sections =
    [
        (Place.PageTitle, "Page: title", "«cause» is the cause in words: " + string.Join(", ", Enum.GetValues<Cause>().Select(cause => $"{IncidentPages.Title(cause)} ({IncidentPages.SeverityOf(cause).ToString().ToLowerInvariant()})")) + "."),
        (Place.PageHappened, "Page: what happened", ""),
        (Place.PageDid, "Page: what the reactor did", ""),
        (Place.PageNext, "Page: what comes next", "Orders are answered, and `why` tells, in the same words."),
        (Place.PageYouMay, "Page: what you may do", ""),
        (Place.PageTarget, "Page: one line for each target", ""),
        (Place.Audit, "Audit", "What became of a signal is told to its sender in the same words."),
        (Place.Why, "Why: `GET /api/breakers/NAMESPACE/NAME/why`", "What the probe saw and what stands in the audit trail follows there."),
        (Place.Order, "Orders: what they are answered with", ""),
        (Place.Quoted, "What sentences quote", "What was «seen», the «note» on a target, the words of a «hold», the «problem» of a write, and so on: they stand in the sentences above, and once here."),
    ];

    private readonly StringBuilder _text = new();

    public static string Of(SentenceBook book)
    {
        var document = new SentencesText();
        document.Line(Introduction.TrimEnd());
        foreach (var section in Sections)
            document.Section(section, [.. book.All.Where(s => s.Places.Min == section.Place).OrderBy(s => s.Text, StringComparer.Ordinal)]);
        document.Elsewhere();
        return document._text.ToString();
    }

    private void Section((Place Place, string Title, string About) section, List<Sentence> sentences)
    {
        Line();
        Line($"## {section.Title}");
        Line();
        if (section.About.Length > 0)
        {
            Line(section.About);
            Line();
        }

        var head = section.Place switch { Place.Audit or Place.Order => "reason", Place.Quoted => "as", _ => "state" };
        Line($"| sentence | {head} |");
        Line("| --- | --- |");
        foreach (var sentence in sentences)
            Line($"| {sentence.Text.Replace("|", "\\|", StringComparison.Ordinal)} | {Said(sentence)} |");
    }

    /// <summary>The first two, and how many more.</summary>
    private static string Said(Sentence sentence) => string.Join("; ", sentence.Said.Take(2)) + (sentence.Said.Count > 2 ? $"; {sentence.Said.Count - 2} more" : "");

    private void Elsewhere()
    {
        Line();
        Line("## Reasons without a sentence here");
        Line();
        Line("| reason | because |");
        Line("| --- | --- |");
        foreach (var (reason, because) in Unsaid.Reasons.OrderBy(r => r.Key))
            Line($"| `{reason}` | {because} |");
    }

    private void Line(string line = "") => _text.Append(line).Append('\n');

    private const string Introduction = """
        # What the reactor says: every sentence once

        This catalogue was not written, it was played: all states and signals of DECISIONS.md, situations that those do not come to, and long
        stories. Every sentence that people met in pages, the audit trail, `why` and the answers to orders stands here once, with placeholders for
        what changes: ‹target›, ‹n›, ‹time›, ‹span› and so on; ‹said› is what somebody else said word for word. «seen», «note», «hold» and their
        kin are sentences that others quote: they stand in the last section.
        `tests/Core/Sentences` plays it and compares with this file at every run. After a change that is meant:

            REACTOR_WRITE_SENTENCES=1 dotnet test tests/Core --filter SentenceCatalogue

        The second column says in which states of DECISIONS.md (or situations of `tests/Core/Sentences`) a sentence is said, or for which reasons
        (`shared/Core/Reason.cs`): the first two, and how many more. A sentence that people meet in several places stands in the first of them.
        """;
}
