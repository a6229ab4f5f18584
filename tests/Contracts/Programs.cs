namespace Sophia.Keda.Reactor.Contracts.Tests;

/// <summary>The tests of this class need a program of the system.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsProgramAttribute(string program) : Attribute
{
    public string Program { get; } = program;

    public string? Skip { get; } = Programs.Missing(program);
}

/// <summary>A test that needs a program of the system; where that is missing it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithProgramAttribute : FactAttribute
{
    public FactWithProgramAttribute(string program) => (Program, Skip) = (program, Programs.Missing(program));

    public string Program { get; }
}

/// <inheritdoc cref="FactWithProgramAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithProgramAttribute : TheoryAttribute
{
    public TheoryWithProgramAttribute(string program, string? other = null) =>
        (Program, Skip) = (program, Programs.Missing(program) ?? (other is null ? null : Programs.Missing(other)));

    public string Program { get; }
}

internal static class Programs
{
    /// <summary>Why to skip; null when it is there.</summary>
    public static string? Missing(string program) => Find(program) is null ? $"skipped: no {program}" : null;

    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
