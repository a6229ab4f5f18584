using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Settings;

/// <param name="Name">The setting, as it is written ("Keys:Operator").</param>
/// <param name="Found">What stands there; never a secret itself.</param>
/// <param name="Expected">What should.</param>
public sealed record SettingsFault(string Name, string Found, string Expected)
{
    public override string ToString() => $"{Name}: found {Found}; expected {Expected}";
}

/// <summary>The settings can't be used; every fault is named.</summary>
public sealed class SettingsException(ImmutableArray<SettingsFault> faults)
    : Exception($"The settings can't be used:{string.Concat(faults.Select(fault => $"{Environment.NewLine}  {fault}"))}")
{
    public ImmutableArray<SettingsFault> Faults { get; } = faults;
}
