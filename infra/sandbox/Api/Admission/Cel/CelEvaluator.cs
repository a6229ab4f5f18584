using System.Diagnostics;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

/// <summary>Works out a read expression. An error is a <see cref="CelException"/>; and-or takes one away where the other side decides alone, as CEL has it.</summary>
public sealed class CelEvaluator(IReadOnlyDictionary<string, object?> names)
{
    /// <exception cref="CelException">It has no value; the message says why.</exception>
    public object? Value(CelNode node) => node switch
    {
        CelLiteral literal => literal.Value,
        CelName name => names.TryGetValue(name.Name, out var value) ? value : throw CelException.Undeclared(name.Name),
        CelSelect select => Select(select),
        CelIndex index => Index(Value(index.Of), Value(index.At)),
        CelCall call => Call(call),
        CelNot not => !Bool(Value(not.Of), "!"),
        CelBinary { Operator: "&&" } and => Either(and, decides: false),
        CelBinary { Operator: "||" } or => Either(or, decides: true),
        CelBinary binary => Compare(binary),
        CelConditional conditional => Bool(Value(conditional.If), "?:") ? Value(conditional.Then) : Value(conditional.Else),
        CelList list => list.Items.Select(Value).ToList(),
        CelMap map => map.Entries.ToDictionary(e => Text(Value(e.Key), "a map's key"), e => Value(e.Value), StringComparer.Ordinal),
        CelMacro macro => Macro(macro),
        _ => throw new UnreachableException(node.GetType().Name),
    };

    private object? Select(CelSelect select)
    {
        switch (Value(select.Of))
        {
            case Dictionary<string, object?> map when select.Test:
                return map.ContainsKey(select.Field);
            case Dictionary<string, object?> map:
                return map.TryGetValue(select.Field, out var value) ? value : throw CelException.NoSuchKey(select.Field);
            case CelLazyMap lazy when !select.Test:
                return lazy.Get(select.Field);
            case var other:
                throw CelException.NoSuchOverload($"{CelValues.TypeOf(other)}.{select.Field}");
        }
    }

    private static object? Index(object? of, object? at) => (of, at) switch
    {
        (Dictionary<string, object?> map, string key) => map.TryGetValue(key, out var value) ? value : throw CelException.NoSuchKey(key),
        (List<object?> list, long i) => i >= 0 && i < list.Count ? list[(int)i] : throw CelException.OutOfBounds(i),
        _ => throw CelException.NoSuchOverload($"{CelValues.TypeOf(of)}[{CelValues.TypeOf(at)}]"),
    };

    private object Call(CelCall call)
    {
        var on = Value(call.Arguments[0]);
        return call.Function switch
        {
            "size" => on switch
            {
                // CEL counts code points.
                string text => (long)text.EnumerateRunes().Count(),
                List<object?> list => (long)list.Count,
                Dictionary<string, object?> map => (long)map.Count,
                _ => throw CelException.NoSuchOverload($"size({CelValues.TypeOf(on)})"),
            },
            "startsWith" => Text(on, "startsWith").StartsWith(Text(Value(call.Arguments[1]), "startsWith"), StringComparison.Ordinal),
            "endsWith" => Text(on, "endsWith").EndsWith(Text(Value(call.Arguments[1]), "endsWith"), StringComparison.Ordinal),
            _ => throw new UnreachableException(call.Function),
        };
    }

    private bool Compare(CelBinary binary)
    {
        var (left, right) = (Value(binary.Left), Value(binary.Right));
        return binary.Operator switch
        {
            "==" => CelValues.Same(left, right),
            "!=" => !CelValues.Same(left, right),
            _ => right switch
            {
                List<object?> list => list.Any(item => CelValues.Same(item, left)),
                Dictionary<string, object?> map => left is string key && map.ContainsKey(key),
                _ => throw CelException.NoSuchOverload($"{CelValues.TypeOf(left)} in {CelValues.TypeOf(right)}"),
            },
        };
    }

    private bool Either(CelBinary binary, bool decides)
    {
        CelException? fault = null;
        foreach (var side in new[] { binary.Left, binary.Right })
        {
            try
            {
                if (Bool(Value(side), binary.Operator) == decides)
                    return decides;
            }
            catch (CelException found)
            {
                fault ??= found;
            }
        }

        return fault is null ? !decides : throw fault;
    }

    private object Macro(CelMacro macro)
    {
        IEnumerable<object?> range = Value(macro.Range) switch
        {
            List<object?> list => list,
            Dictionary<string, object?> map => map.Keys,
            var other => throw CelException.NoSuchOverload($"{CelValues.TypeOf(other)}.{macro.Macro}"),
        };
        return macro.Macro switch
        {
            "all" => Fold(macro, range, decides: false),
            "exists" => Fold(macro, range, decides: true),
            "filter" => range.Where(item => Holds(macro, item)).ToList(),
            _ => range.Where(item => macro.Condition is null || Holds(macro, item)).Select(item => With(macro.Variable, item).Value(macro.Transform!)).ToList(),
        };
    }

    private bool Fold(CelMacro macro, IEnumerable<object?> range, bool decides)
    {
        CelException? fault = null;
        foreach (var item in range)
        {
            try
            {
                if (Holds(macro, item) == decides)
                    return decides;
            }
            catch (CelException found)
            {
                fault ??= found;
            }
        }

        return fault is null ? !decides : throw fault;
    }

    private bool Holds(CelMacro macro, object? item) => Bool(With(macro.Variable, item).Value(macro.Condition!), macro.Macro);

    private CelEvaluator With(string name, object? value) => new(new Dictionary<string, object?>(names, StringComparer.Ordinal) { [name] = value });

    private static bool Bool(object? value, string @for) => value is bool yes ? yes : throw CelException.NoSuchOverload($"{@for} of {CelValues.TypeOf(value)}");

    private static string Text(object? value, string @for) => value as string ?? throw CelException.NoSuchOverload($"{@for} of {CelValues.TypeOf(value)}");
}
