using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Sophia.Keda.Reactor.Wire;

/// <summary>Why a request is not accepted, as its sender reads it (application/problem+json).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">The fault in a few words; the same fault has the same title.</param>
/// <param name="Detail">What was found, what was expected, what helps.</param>
public sealed record Refusal(int Status, string Title, string Detail)
{
    /// <summary>Every single fault, so that one round mends them all.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];
}

/// <summary>What reading a body gave: the value, or why there is none.</summary>
public sealed class Reading<T>
    where T : class
{
    private readonly T? value;
    private readonly Refusal? refusal;

    private Reading(T? value, Refusal? refusal) => (this.value, this.refusal) = (value, refusal);

    public static implicit operator Reading<T>(T value) => new(value, null);

    public static implicit operator Reading<T>(Refusal refusal) => new(null, refusal);

    public bool Succeeded([NotNullWhen(true)] out T? read, [NotNullWhen(false)] out Refusal? why)
    {
        (read, why) = (value, refusal);
        return value is not null;
    }
}
