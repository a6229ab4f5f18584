using Microsoft.VisualBasic.FileIO;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.Audit;

/// <summary>What leaves the store as a file, and whether it can be believed.</summary>
public sealed class AuditFilesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    private static AuditRecord Record(string text, string actor = "reactor") => new()
    {
        At = Noon, Kind = AuditKind.Decision, Reason = Reason.IncidentOpened, Actor = actor, Text = text,
    };

    private static List<StoredAudit> Chain(AuditPoint start, params AuditRecord[] records)
    {
        var chain = new List<StoredAudit>();
        foreach (var record in records)
        {
            var json = ReactorJson.Write(record);
            start = AuditHash.After(start, json);
            chain.Add(new StoredAudit(start.Sequence, record) { Json = json, Hash = start.Hash });
        }

        return chain;
    }

    private static string[] Lines(IEnumerable<StoredAudit> records) => [.. records.Select(AuditLine.Of)];

    [Fact]
    public void The_hash_is_what_its_words_say()
    {
        // head -c 32 /dev/zero, then seven zero bytes and a one, then {}: through sha256sum.
        Assert.Equal(new AuditPoint(1, "1bad765d926feacace97a8ddcd329a1f4254c208affc1ba86b3c7d59e8fba83e"), AuditHash.After(AuditPoint.Beginning, "{}"));
    }

    [Fact]
    public void A_file_of_the_whole_trail_fits_and_says_its_head()
    {
        var chain = Chain(AuditPoint.Beginning, Record("a"), Record("with \"quotes\", a line\nbreak and ünïcode 🎛"), Record("c"));

        var (fault, records, at) = AuditFile.Verify(Lines(chain), null, new AuditPoint(3, chain[2].Hash!));

        Assert.Equal((null, 3, new AuditPoint(3, chain[2].Hash!)), (fault, records, at));
    }

    [Fact]
    public void A_changed_a_removed_a_moved_line_and_a_cut_end_are_found_in_a_file()
    {
        var chain = Chain(AuditPoint.Beginning, Record("a"), Record("b"), Record("c"), Record("d"));
        var (lines, head) = (Lines(chain), new AuditPoint(4, chain[3].Hash!));

        Assert.StartsWith("record 2 or its hash was changed", AuditFile.Verify([lines[0], lines[1].Replace("\"b\"", "\"x\""), .. lines[2..]], null, null).Fault, StringComparison.Ordinal);
        Assert.Equal("record 2 is missing: 3 comes after 1", AuditFile.Verify([lines[0], .. lines[2..]], null, null).Fault);
        Assert.Equal("record 2 is missing: 3 comes after 1", AuditFile.Verify([lines[0], lines[2], lines[1], lines[3]], null, null).Fault);
        Assert.Null(AuditFile.Verify(lines[..3], null, null).Fault);
        Assert.StartsWith("the end is cut", AuditFile.Verify(lines[..3], null, head).Fault, StringComparison.Ordinal);
        Assert.Equal("record 1 is missing: 2 comes after 0", AuditFile.Verify(lines[1..], null, null).Fault);
        Assert.Equal("line 2 is no line of an export", AuditFile.Verify([lines[0], "sequence,at"], null, null).Fault);
        Assert.Equal("record 1 is not sealed: export again", AuditFile.Verify([AuditLine.Of(chain[0] with { Hash = null })], null, null).Fault);
    }

    [Fact]
    public void A_file_that_begins_behind_its_retention_is_verified_from_the_anchor_that_it_tells_itself()
    {
        var before = Chain(AuditPoint.Beginning, Record("old"), Record("older"));
        var anchor = new AuditPoint(2, before[1].Hash!);
        var pruned = Record("gone") with { Reason = Reason.AuditPruned, Facts = Record("").Facts.Add("anchor", anchor.ToString()) };
        var lines = Lines(Chain(anchor, Record("young"), pruned, Record("end")));

        Assert.Null(AuditFile.Verify(lines, null, null).Fault);
        Assert.Null(AuditFile.Verify(lines, anchor, null).Fault);
        Assert.StartsWith("record 3 or its hash was changed", AuditFile.Verify(lines, new AuditPoint(2, new string('a', 64)), null).Fault, StringComparison.Ordinal);
        Assert.StartsWith("record 1 is missing", AuditFile.Verify(Lines(Chain(anchor, Record("young"))), null, null).Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ damaged")]
    [InlineData("")]
    [InlineData("{\"a\":\n1}")]
    [InlineData(" {} ")]
    public void What_is_no_line_of_JSON_comes_back_as_it_was(string json)
    {
        var line = AuditLine.Of(new StoredAudit(7, Record("x")) { Json = json });

        Assert.DoesNotContain('\n', line);
        Assert.Equal(new AuditLine(7, null, json), AuditLine.Parse(line));
    }

    [Fact]
    public void A_spreadsheet_reads_every_cell_and_none_as_a_formula()
    {
        string[] nasty = ["=HYPERLINK(\"http://x\")", "+1", "-1+1|cmd", "@SUM(1)", "\tx", "\rx", "＝1"];
        string[] kind = ["plain", "a \"quoted\", part\r\nin two lines", "1-2=3", ""];
        var chain = Chain(AuditPoint.Beginning, [.. nasty.Concat(kind).Select(text => Record(text, actor: text.Length > 0 ? text : "x") with { Facts = Record("").Facts.Add("what", text) })]);

        var rows = Read(AuditCsv.Header + string.Concat(chain.Select(AuditCsv.Of)));

        Assert.Equal(["sequence", "at", "kind", "reason", "actor", "incident", "namespace", "name", "text", "facts", "hash"], rows[0]);
        Assert.Equal([.. nasty.Select(text => "'" + text), .. kind], rows[1..].Select(row => row[8]));
        Assert.All(rows, row => Assert.Equal(11, row.Length));
        Assert.All(rows.SelectMany(row => row), cell => Assert.DoesNotMatch("^[=+@\t\r＝-]", cell));
        Assert.Equal(chain.Select(record => record.Hash), rows[1..].Select(row => row[10]));
    }

    private static List<string[]> Read(string csv)
    {
        using var parser = new TextFieldParser(new StringReader(csv)) { TextFieldType = FieldType.Delimited, HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        parser.SetDelimiters(",");
        var rows = new List<string[]>();
        while (!parser.EndOfData) rows.Add(parser.ReadFields()!);
        return rows;
    }
}
