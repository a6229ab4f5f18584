using System.Runtime.CompilerServices;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>shared/Core/DECISIONS.md is what the code does now. <c>REACTOR_WRITE_DECISIONS=1</c> writes it anew.</summary>
public sealed class DecisionTable
{
    private static readonly Lazy<TableText> Played = new(TableText.Play);

    private static string Document([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../shared/Core/DECISIONS.md"));

    [Fact]
    public void The_document_says_what_the_code_decides()
    {
        var now = Played.Value.Text;
        if (Environment.GetEnvironmentVariable("REACTOR_WRITE_DECISIONS") == "1")
            File.WriteAllText(Document(), now);
        var (written, played) = (File.ReadAllText(Document()).ReplaceLineEndings("\n").Split('\n'), now.Split('\n'));
        for (var i = 0; i < Math.Min(written.Length, played.Length); i++)
            Assert.True(written[i] == played[i], $"line {i + 1} of DECISIONS.md says\n  {written[i]}\nand the code now gives\n  {played[i]}\nIf that is meant: REACTOR_WRITE_DECISIONS=1 dotnet test tests/Core --filter DecisionTable");
        Assert.Equal(played.Length, written.Length);
    }

    [Fact]
    public void Every_reason_stands_in_the_table_or_has_a_test_of_its_own()
    {
        var forgotten = Enum.GetValues<Reason>().Except(Played.Value.Shown).Except(Tests.OfReasons.Keys);
        Assert.Empty(forgotten);
        Assert.Empty(Tests.OfReasons.Keys.Intersect(Played.Value.Shown));
    }
}
