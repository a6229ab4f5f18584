using System.Runtime.CompilerServices;
using System.Text;
using Sophia.Keda.Reactor.Core.Tests.Properties;
using Sophia.Keda.Reactor.Core.Tests.Table;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>
/// What the reactor tells, word for word and to the second, stands in the files beside this test, where a change of it is read before it
/// wakes anybody. <c>REACTOR_WRITE_TOLD=1</c> writes them anew.
/// </summary>
public sealed class ToldTests
{
    public static TheoryData<string> StateNames => [.. States.All.Select(state => state.Name)];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(StateNames))]
    public void In_every_state_every_sign_is_told_in_these_words(string name)
    {
        var state = States.All.Single(state => state.Name == name);
        var alone = Signs.Time.ToDictionary(time => time.Lasts, time => Played.Told(state, time));
        var text = new StringBuilder();
        foreach (var time in Signs.Time)
            Section(text, time.Name, alone[time.Lasts]);
        var world = state.Make();
        foreach (var sign in Signs.All.Where(sign => (state.Heard || !sign.Heard) && sign.Applies(world)))
        {
            // What time alone brings stands above already.
            var known = alone[sign.Lasts].ToHashSet(StringComparer.Ordinal);
            Section(text, sign.Name, Played.Told(state, sign).Where(line => !known.Contains(line)));
        }

        Compare(Slug(name), text.ToString());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_long_story_is_told_in_these_words(int seed) => Compare($"story-{seed:00}", HealingTests.Told(seed));

    private static void Section(StringBuilder text, string title, IEnumerable<string> lines)
    {
        text.Append("## ").Append(title).Append('\n');
        foreach (var line in lines)
            text.Append(line.TrimEnd()).Append('\n');
        text.Append('\n');
    }

    private static void Compare(string name, string now, [CallerFilePath] string here = "")
    {
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
