using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>
/// Reads policy files: the source documents' circuit_breaker.yaml (bare or in its ConfigMap), their README's circuit_breaker block,
/// and our own sections beside them. Every fault of every file is told at once, with its place and what was expected.
/// </summary>
public static class PolicyLoader
{
    /// <summary>Defaults, then the environment's preset, then the files.</summary>
    /// <param name="files">Name and text of each. The same setting twice must say the same, in one file or in two.</param>
    /// <param name="preset">dev, staging or production, when the host's settings say so; a file may say it too, but not another.</param>
    /// <exception cref="PolicyException">Something in them is wrong.</exception>
    public static LoadedPolicy Load(IEnumerable<(string Name, string Text)> files, string? preset = null)
    {
        var faults = new FaultList();
        var sink = new SettingSink(faults);
        if (preset is not null)
        {
            if (Presets.Find(preset) is { } known)
                sink.Environment = new Told<string>(known, "the host's settings", new Place("the host's settings", 0, 0));
            else
                faults.Add(new Place("the host's settings", 0, 0), preset, $"one of {Presets.Names} as environment");
        }

        foreach (var (name, text) in files)
        {
            foreach (var document in PolicyDocument.Read(name, text, faults))
                Schema.Root.Read(document, sink);
        }

        var policy = sink.Apply(Presets.Apply(sink.Environment?.Value, new Policy()));
        Contradictions.Check(policy, sink, faults);
        faults.ThrowIfAny();
        var warnings = Contradictions.Warnings(policy);

        // Without the pause nothing can be moved safely, whatever else is listed: what remains is to watch and to tell.
        return new LoadedPolicy(policy.OnTrip.Contains(TripAction.PauseScaledObject) ? policy : policy with { ObserveOnly = true }, warnings);
    }
}

/// <summary>A policy, and what its author should know about it.</summary>
public sealed record LoadedPolicy(Policy Policy, ImmutableArray<string> Warnings);

/// <summary>Every fault of the policy files, one a line.</summary>
public sealed class PolicyException(ImmutableArray<string> faults)
    : Exception($"The policy has {faults.Length} fault{(faults.Length == 1 ? "" : "s")}:\n{string.Join('\n', faults)}")
{
    public ImmutableArray<string> Faults { get; } = faults;
}
