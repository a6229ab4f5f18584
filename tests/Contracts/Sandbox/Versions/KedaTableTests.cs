using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox.Versions;

/// <summary>The table of releases, what the sandbox plays and what its README shows are one thing.</summary>
public sealed class KedaTableTests
{
    public static TheoryData<KedaTrait, string> Cells
    {
        get
        {
            var cells = new TheoryData<KedaTrait, string>();
            foreach (var row in KedaTable.Rows)
            {
                foreach (var version in KedaTable.Versions)
                    cells.Add(row.Trait, version);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void The_sandbox_plays_each_release_as_the_table_has_it(KedaTrait trait, string version)
    {
        var row = KedaTable.Rows.Single(r => r.Trait == trait);
        var told = row.Cells[KedaTable.Versions.IndexOf(version)].Holds ?? row.Cells[^1].Holds;

        Assert.Equal(told, TraitProbes.All[trait](new World(kedaVersion: version + ".0")));
    }

    [Fact]
    public void Every_behaviour_has_one_row_and_one_cell_for_each_release_with_its_source()
    {
        Assert.Equal(Enum.GetValues<KedaTrait>(), KedaTable.Rows.Select(row => row.Trait));
        Assert.All(KedaTable.Rows, row => Assert.Equal(KedaTable.Versions.Length, row.Cells.Length));
        Assert.All(KedaTable.Rows.SelectMany(row => row.Cells), cell => Assert.NotEmpty(cell.Source));
        Assert.All(KedaTable.Rows, row => Assert.NotNull(row.Cells[^1].Holds));
    }

    [Fact]
    public void The_readme_shows_the_table_as_it_is() => Assert.Contains(
        string.Join('\n', KedaTable.Markdown()),
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "sandbox", "README.md")).ReplaceLineEndings("\n"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("2.13.1", false)]
    [InlineData("v2.14.0", true)]
    [InlineData("2.16.1", true)]
    [InlineData("2.21.0", true)]
    [InlineData("main", true)]
    public void A_release_between_two_columns_behaves_as_the_older_one(string version, bool lifts) =>
        Assert.Equal(lifts, KedaTraits.Of(version).Has(KedaTrait.OwnershipAnnotationLifts));

    [Fact]
    public void A_release_that_nobody_looked_at_is_refused_by_name() =>
        Assert.Contains("2.12", Assert.Throws<ArgumentException>(() => KedaTraits.Of("2.12.1")).Message, StringComparison.Ordinal);
}
