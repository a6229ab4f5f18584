using System.Runtime.CompilerServices;
using Sophia.Keda.Reactor.Core.Tests.Properties;
using Sophia.Keda.Reactor.Core.Tests.Table;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>
/// What the reactor tells, word for word and to the second, stands in the files beside this test, where a change of it is read before it
/// wakes anybody. <c>REACTOR_WRITE_TOLD=1</c> writes them anew.
/// </summary>
public sealed class ToldTests
{
    /// <summary>Left out for the size of their files: most of what they tell stands in those of other states too.</summary>
    private static readonly string[] Alike =
    [
        "Open", "Open, store down", "Closing", "Cooldown", "Verify", "Verify, outside hours", "Canary, watched", "Held by a human", "Held by policy",
        "Held: a paused by others meanwhile", "Canary, handing back",
    ];

    public static TheoryData<string> StateNames => [.. States.All.Select(state => state.Name).Except(Alike, StringComparer.Ordinal)];

    public static TheoryData<string> SituationNames => [.. Situations.All.Keys];

    public static TheoryData<int> Seeds => [2, 3, 4];

    [Theory]
    [MemberData(nameof(StateNames))]
    public void In_every_state_every_sign_is_told_in_these_words(string name)
    {
        var state = States.All.Single(state => state.Name == name);
        var alone = Signs.Time.ToDictionary(time => time.Lasts, time => Played.Told(state, time));
        var text = new Written();
        foreach (var time in Signs.Time)
            text.Section(time.Name, alone[time.Lasts]);
        var world = state.Make();
        foreach (var sign in Signs.All.Where(sign => (state.Heard || !sign.Heard) && sign.Applies(world)))
        {
            // What time alone brings stands above already.
            var known = alone[sign.Lasts].ToHashSet(StringComparer.Ordinal);
            text.Section(sign.Name, Played.Told(state, sign).Where(line => !known.Contains(line)));
        }

        Compare(Slug(name), text);
    }

    [Theory]
    [MemberData(nameof(SituationNames))]
    public void A_situation_is_told_in_these_words(string name) => Compare("situation-" + Slug(name), One(name, Transcript.Of(Situations.All[name](), 0)));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_long_story_is_told_in_these_words(int seed) => Compare($"story-{seed:00}", One($"story {seed}", HealingTests.Told(seed)));

    private static Written One(string title, IReadOnlyList<string> lines)
    {
        var text = new Written();
        text.Section(title, lines);
        return text;
    }

    private static void Compare(string name, Written text, [CallerFilePath] string here = "")
    {
        var now = text.ToString();
        var path = Path.Combine(Path.GetDirectoryName(here)!, "words", name + ".txt");
        if (Environment.GetEnvironmentVariable("REACTOR_WRITE_TOLD") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, now);
        }

        var (written, told) = (File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n'), now.Split('\n'));
        for (var i = 0; i < Math.Min(written.Length, told.Length); i++)
            Assert.True(written[i] == told[i], $"line {i + 1} of {name}.txt says\n  {written[i]}\nand the code now tells\n  {told[i]}\nIf that is meant: REACTOR_WRITE_TOLD=1 dotnet test tests/Core --filter Told");
        Assert.Equal(written.Length, told.Length);
    }

    private static string Slug(string name) => string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Replace("--", "-", StringComparison.Ordinal);
}
