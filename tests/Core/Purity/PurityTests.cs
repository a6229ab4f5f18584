using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Sophia.Keda.Reactor.Core.Tests.Purity;

public sealed partial class PurityTests
{
    private static readonly Assembly Core = typeof(Decide).Assembly;

    private static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../shared/Core"));

    public static TheoryData<string> Sources =>
        [.. Directory.EnumerateFiles(Folder(), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/") && !f.Contains("/bin/")).Select(f => Path.GetRelativePath(Folder(), f))];

    [Theory]
    [MemberData(nameof(Sources))]
    public void No_source_of_the_core_reads_a_clock_waits_throws_dice_or_does_IO(string file) =>
        Assert.DoesNotMatch(Impure(), File.ReadAllText(Path.Combine(Folder(), file)));

    [Fact]
    public void The_core_references_no_package_and_no_project()
    {
        var project = XDocument.Load(Path.Combine(Folder(), "Sophia.Keda.Reactor.Core.csproj"));
        Assert.DoesNotContain(project.Descendants(), e => e.Name.LocalName is "PackageReference" or "ProjectReference" or "FrameworkReference");
        Assert.All(Core.GetReferencedAssemblies(), a => Assert.StartsWith("System", a.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_class_is_sealed_static_or_an_abstract_base() =>
        Assert.All(Core.GetTypes().Where(t => t.IsClass), t => Assert.True(t.IsSealed || t.IsAbstract, t.FullName));

    [Fact]
    public void The_same_input_gives_the_same_decision_to_the_letter()
    {
        var world = new World("a", "b", "c");
        world.Run();
        world.Hear(Given.Alert(world, Cause.Oscillation, "a"));
        world.OperatorAlive = false;
        world.Pass(5);
        world.OperatorAlive = true;
        world.PassUntil(() => world.Panel.Incidents.IsEmpty || world.Panel.Incidents.Values.All(i => i.Recovery.Stage == Stage.Wave), "waves");
        Assert.NotEmpty(world.Decisions);
        Assert.All(world.Decisions, d => Assert.Equal(Letters(d.Decision), Letters(Decide.Run(d.Input))));
    }

    [Fact]
    public void Deciding_twice_at_the_same_instant_adds_no_page_no_record_and_no_write()
    {
        var world = new World("a", "b", "c");
        world.Run();
        world.OperatorAlive = false;
        for (var i = 0; i < 60; i++)
        {
            world.OperatorAlive = i > 15;
            world.Pass(TimeSpan.FromSeconds(30));
            if (world.Panel.Incidents.Values.Any(n => n.Recovery.Stage == Stage.Closing))
                continue; // closing takes the next look
            var again = Decide.Run(world.Decisions[^1].Input with { Panel = world.Panel });
            Assert.Empty(again.Pages);
            Assert.Empty(again.Audit);
            Assert.Empty(Plan.Writes(again.Panel, world.Decisions[^1].Input.Observation!, world.Policy, world.Now));
        }
    }

    private static string Letters(Decision d) => JsonSerializer.Serialize(new
    {
        Incidents = d.Panel.Incidents.Values,
        Targets = d.Panel.Targets.Values,
        Windows = d.Panel.Windows.Select(w => $"{w.Key} {w.Value.Failures} {string.Join(' ', w.Value.Rescales)}"),
        d.Pages,
        d.Audit,
        d.Verdicts,
    }, Options);

    private static readonly JsonSerializerOptions Options = new() { Converters = { new Ids() } };

    private sealed class Ids : System.Text.Json.Serialization.JsonConverter<TargetId>
    {
        public override TargetId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, TargetId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

        public override void WriteAsPropertyName(Utf8JsonWriter writer, TargetId value, JsonSerializerOptions options) => writer.WritePropertyName(value.ToString());
    }

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now|DateTime\.Today|TimeProvider|Stopwatch|Guid\.NewGuid|new Random|Random\.Shared|\basync\b|\bawait\b|\bTask[<. ]|Thread\.|Environment\.|HttpClient|File\.|Console\.", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Impure();
}
