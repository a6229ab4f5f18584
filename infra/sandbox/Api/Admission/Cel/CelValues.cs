using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

/// <summary>A map whose values are worked out when they are asked for: the variables of a policy.</summary>
/// <param name="Get">Throws when there is no such key.</param>
public sealed record CelLazyMap(Func<string, object?> Get);

/// <summary>Values are null, bool, long, double, string, a list of values, a map from strings to values, or a <see cref="CelLazyMap"/>.</summary>
public static class CelValues
{
    public static object? Of(JsonNode? node) => node switch
    {
        null => null,
        JsonObject map => map.ToDictionary(p => p.Key, p => Of(p.Value), StringComparer.Ordinal),
        JsonArray list => list.Select(Of).ToList(),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.Number => Number(value),
            _ => null,
        },
        _ => null,
    };

    /// <summary>Values of different types are different; numbers are compared as numbers.</summary>
    public static bool Same(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        (string a, string b) => a == b,
        (long a, long b) => a == b,
        (long or double, long or double) => Convert.ToDouble(left) == Convert.ToDouble(right),
        (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(p => Same(p.First, p.Second)),
        (Dictionary<string, object?> a, Dictionary<string, object?> b) => a.Count == b.Count && a.All(p => b.TryGetValue(p.Key, out var other) && Same(p.Value, other)),
        _ => false,
    };

    /// <summary>Made in memory a number is of one .NET type alone; parsed it is of any that it fits.</summary>
    private static object Number(JsonValue value)
    {
        if (value.TryGetValue<long>(out var whole))
            return whole;
        return value.TryGetValue<int>(out var small) ? (long)small : value.GetValue<double>();
    }

    public static string TypeOf(object? value) => value switch
    {
        null => "null_type",
        bool => "bool",
        long => "int",
        double => "double",
        string => "string",
        List<object?> => "list",
        _ => "map",
    };
}
