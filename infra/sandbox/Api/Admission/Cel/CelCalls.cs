using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

/// <summary>Which functions and macros there are.</summary>
internal static class CelCalls
{
    public static CelNode Function(string name, ImmutableArray<CelNode> arguments, int at) => (name, arguments) switch
    {
        ("has", [CelSelect select]) => select with { Test = true },
        ("has", _) => throw CelException.Syntax("invalid argument to has() macro", at),
        ("size", [var of]) => new CelCall("size", [of]),
        _ => throw CelException.NotHere($"the function {name}"),
    };

    public static CelNode Method(CelNode on, string name, ImmutableArray<CelNode> arguments) => (name, arguments) switch
    {
        ("startsWith" or "endsWith", [var with]) => new CelCall(name, [on, with]),
        ("size", []) => new CelCall("size", [on]),
        ("all" or "exists" or "filter", [CelName variable, var condition]) => new CelMacro(name, on, variable.Name, condition, null),
        ("map", [CelName variable, var transform]) => new CelMacro(name, on, variable.Name, null, transform),
        ("map", [CelName variable, var condition, var transform]) => new CelMacro(name, on, variable.Name, condition, transform),
        _ => throw CelException.NotHere($"the function {name}"),
    };
}
