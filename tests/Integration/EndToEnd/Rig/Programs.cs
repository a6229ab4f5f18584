namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>A test that needs a program of the system; where that is missing it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithProgramAttribute : FactAttribute
{
    public FactWithProgramAttribute(string program)
    {
        Program = program;
        if (Programs.Find(program) is null) Skip = $"skipped: no {program}";
    }

    public string Program { get; }
}

/// <summary>The same for a test with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithProgramAttribute : TheoryAttribute
{
    public TheoryWithProgramAttribute(string program)
    {
        Program = program;
        if (Programs.Find(program) is null) Skip = $"skipped: no {program}";
    }

    public string Program { get; }
}

internal static class Programs
{
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
