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

        Assert.Equal(told, TraitProbes.All[trait](new World(kedaVersion: version.Count(c => c == '.') == 1 ? version + ".0" : version, options: TraitProbes.Options(trait))));
    }

    [Fact]
    public void Every_behaviour_has_one_row_and_one_cell_for_each_release_with_its_source()
    {
        Assert.Equal(Enum.GetValues<KedaTrait>(), KedaTable.Rows.Select(row => row.Trait));
        Assert.All(KedaTable.Rows, row => Assert.Equal(KedaTable.Versions.Length, row.Cells.Length));
        Assert.All(KedaTable.Rows.SelectMany(row => row.Cells), cell => Assert.Matches("^(source|measured|#[0-9]{4}(, #[0-9]{4})*( are near)?)$", cell.Source));
        Assert.All(KedaTable.Rows, row => Assert.NotNull(row.Cells[^1].Holds));
    }

    [Fact]
    public void Every_row_can_be_looked_for() => Assert.Equal(KedaTable.Rows.Select(row => row.Trait).Order(), TraitProbes.All.Keys.Order());

    [Fact]
    public void A_patch_release_has_a_column_of_its_own_when_a_row_changes_with_it()
    {
        foreach (var version in KedaTable.Versions.Where(v => v.Count(c => c == '.') == 2))
        {
            var at = KedaTable.Versions.IndexOf(version);
            Assert.Contains(KedaTable.Rows, row => row.Cells[at].Holds != row.Cells[at - 1].Holds);
        }
    }

    /// <summary>Whoever lets a newer KEDA in looks at what it does otherwise first, writes it down, and moves this.</summary>
    [Fact]
    public void The_newest_release_that_it_was_checked_against_is_2_20_2_and_main_of_August_2026()
    {
        Assert.Equal(("2.20.2", "2026-08-20"), (KedaTable.NewestRelease, KedaTable.MainOf));
        Assert.Equal(KedaTable.NewestRelease, KedaTable.Versions[^2]);
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "sandbox", "README.md"));
        Assert.Contains($"The newest release that was looked at is {KedaTable.NewestRelease}", readme, StringComparison.Ordinal);
        Assert.Contains($"main branch of {KedaTable.MainOf}", readme, StringComparison.Ordinal);
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
    [InlineData("2.14.0-rc1", true)]
    public void A_release_between_two_columns_behaves_as_the_older_one(string version, bool lifts) =>
        Assert.Equal(lifts, KedaTraits.Of(version).Has(KedaTrait.OwnershipAnnotationLifts));

    [Theory]
    [InlineData("2.20.0", false)]
    [InlineData("2.20.1", false)]
    [InlineData("v2.20.2", true)]
    [InlineData("2.20.10", true)]
    [InlineData("2.20", false)]
    [InlineData("2.21.0", true)]
    public void Patch_releases_are_told_apart_by_number(string version, bool has) =>
        Assert.Equal((has, !has), (KedaTraits.Of(version).Has(KedaTrait.HpaHasItsCondition), KedaTraits.Of(version).Has(KedaTrait.HpaCountsForReady)));

    [Fact]
    public void A_release_that_nobody_looked_at_is_refused_by_name() =>
        Assert.Contains("2.12", Assert.Throws<ArgumentException>(() => KedaTraits.Of("2.12.1")).Message, StringComparison.Ordinal);
}
