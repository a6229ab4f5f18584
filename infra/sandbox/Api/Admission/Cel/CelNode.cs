using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

/// <summary>A read expression.</summary>
public abstract record CelNode;

/// <param name="Value">null, bool, long or string.</param>
public sealed record CelLiteral(object? Value) : CelNode;

public sealed record CelName(string Name) : CelNode;

/// <param name="Of">What the field is taken of.</param>
/// <param name="Field">Its name.</param>
/// <param name="Test">has(): whether it is there, not its value.</param>
public sealed record CelSelect(CelNode Of, string Field, bool Test = false) : CelNode;

public sealed record CelIndex(CelNode Of, CelNode At) : CelNode;

/// <summary>size, startsWith, endsWith; what a method is called on is the first argument.</summary>
public sealed record CelCall(string Function, ImmutableArray<CelNode> Arguments) : CelNode;

public sealed record CelNot(CelNode Of) : CelNode;

/// <param name="Operator">&amp;&amp;, ||, ==, != or in.</param>
/// <param name="Left">The left side.</param>
/// <param name="Right">The right side.</param>
public sealed record CelBinary(string Operator, CelNode Left, CelNode Right) : CelNode;

public sealed record CelConditional(CelNode If, CelNode Then, CelNode Else) : CelNode;

public sealed record CelList(ImmutableArray<CelNode> Items) : CelNode;

public sealed record CelMap(ImmutableArray<(CelNode Key, CelNode Value)> Entries) : CelNode;

/// <summary>all, exists, filter and map over a list's items or a map's keys.</summary>
public sealed record CelMacro(string Macro, CelNode Range, string Variable, CelNode? Condition, CelNode? Transform) : CelNode;
