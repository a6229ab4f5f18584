using System.Runtime.CompilerServices;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>shared/Core/SENTENCES.md is what people are told now. <c>REACTOR_WRITE_SENTENCES=1</c> writes it anew.</summary>
public sealed class SentenceCatalogue
{
    private static readonly Lazy<SentenceBook> Book = new(() => SentenceBook.Of(Scene.All));

    private static string Document([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../shared/Core/SENTENCES.md"));

    [Fact]
    public void The_document_says_what_people_are_told()
    {
        var now = SentencesText.Of(Book.Value);
        if (Environment.GetEnvironmentVariable("REACTOR_WRITE_SENTENCES") == "1")
            File.WriteAllText(Document(), now);
        var (written, told) = (File.ReadAllText(Document()).ReplaceLineEndings("\n").Split('\n'), now.Split('\n'));
        for (var i = 0; i < Math.Min(written.Length, told.Length); i++)
            Assert.True(written[i] == told[i], $"line {i + 1} of SENTENCES.md says\n  {written[i]}\nand people are now told\n  {told[i]}\nIf that is meant: REACTOR_WRITE_SENTENCES=1 dotnet test tests/Core --filter SentenceCatalogue");
        Assert.Equal(told.Length, written.Length);
    }

    [Fact]
    public void Every_reason_has_a_sentence_or_a_cause_why_not()
    {
        Assert.Empty(Enum.GetValues<Reason>().Except(Book.Value.Reasons).Except(Unsaid.Reasons.Keys));
        Assert.Empty(Unsaid.Reasons.Keys.Intersect(Book.Value.Reasons));
    }

    [Fact]
    public void Every_situation_shows_a_sentence_that_the_states_do_not()
    {
        var needless = Situations.All.Keys.Except(Book.Value.All.Where(s => s.Owner is not null).Select(s => s.Owner!));
        Assert.True(!needless.Any(), $"needless: {string.Join("; ", needless)}");
    }
}
