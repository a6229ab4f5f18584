namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

/// <summary>An expression can't be read, or has no value. Where the real server would refuse the policy itself, <see cref="IsSyntax"/> is true.</summary>
public sealed class CelException : Exception
{
    private CelException(string message, bool syntax = false)
        : base(message) => IsSyntax = syntax;

    public bool IsSyntax { get; }

    /// <summary>The message names the expression.</summary>
    public bool Said { get; private init; }

    /// <summary>The same in the words of the API server.</summary>
    public CelException In(string expression) => new($"expression '{expression.Trim()}' resulted in error: {Message}", IsSyntax) { Said = true };

    public static CelException Syntax(string what, int at) => new($"Syntax error: {what} at character {at + 1}", syntax: true);

    /// <summary>CEL, but not of the part that is evaluated here.</summary>
    public static CelException NotHere(string what) => new($"{what} is not among what the sandbox evaluates");

    public static CelException NoSuchKey(string key) => new($"no such key: {key}");

    public static CelException NoSuchOverload(string what) => new($"no such overload: {what}");

    public static CelException Undeclared(string name) => new($"undeclared reference to '{name}'");

    public static CelException OutOfBounds(long index) => new($"index out of bounds: {index}");
}
