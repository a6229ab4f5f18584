using System.Reflection;

namespace Sophia.Keda.Reactor.Wire;

/// <summary>What Directory.Build.props calls this version.</summary>
public static class BuildVersion
{
    /// <summary>With "+" and the commit, where it was built from a clone.</summary>
    public static string WithCommit { get; } =
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static string Number { get; } = WithCommit.Split('+')[0];
}
