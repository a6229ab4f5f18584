using System.Collections.Immutable;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Functions.Standalone;

public sealed record HttpFunction(
    string Name, ImmutableArray<string> Methods, string Route, AuthorizationLevel AuthLevel, MethodInfo Method);

public sealed record TimerFunction(string Name, string Schedule, MethodInfo Method);

/// <summary>The functions of an assembly, found by the attributes by which the Functions host finds them.</summary>
public sealed record FunctionTable(ImmutableArray<HttpFunction> Http, ImmutableArray<TimerFunction> Timers)
{
    /// <summary>A function's class ends in "Function": at a cold start the methods of all others need not be looked at.</summary>
    public static FunctionTable Of(Assembly assembly) => Of(assembly.GetTypes().Where(type => type.Name.EndsWith("Function", StringComparison.Ordinal)));

    public static FunctionTable Of(IEnumerable<Type> types)
    {
        var methods = (from type in types
                       from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                       let function = method.GetCustomAttribute<FunctionAttribute>()
                       where function is not null
                       orderby function.Name
                       select (function.Name, Method: method)).ToList();
        if (methods.GroupBy(function => function.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidOperationException($"two functions are named {twice.Key}");
        return new FunctionTable(
            [.. methods.Select(function => HttpOf(function.Name, function.Method)).OfType<HttpFunction>()],
            [.. methods.Select(function => TimerOf(function.Name, function.Method)).OfType<TimerFunction>()]);
    }

    private static HttpFunction? HttpOf(string name, MethodInfo method)
    {
        if (TriggerOf<HttpTriggerAttribute>(method) is not { } trigger) return null;
        if (method.ReturnType != typeof(Task<IResult>)) throw new InvalidOperationException($"function {name} must return Task<IResult>");
        return new HttpFunction(
            name, [.. (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant())], trigger.Route ?? name, trigger.AuthLevel, method);
    }

    private static TimerFunction? TimerOf(string name, MethodInfo method)
    {
        if (TriggerOf<TimerTriggerAttribute>(method) is not { } trigger) return null;
        if (method.ReturnType != typeof(Task)) throw new InvalidOperationException($"function {name} must return Task");
        return new TimerFunction(name, trigger.Schedule, method);
    }

    private static T? TriggerOf<T>(MethodInfo method)
        where T : Attribute =>
            method.GetParameters().Select(parameter => parameter.GetCustomAttribute<T>()).FirstOrDefault(found => found is not null);
}
