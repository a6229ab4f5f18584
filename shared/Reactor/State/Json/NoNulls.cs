using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>
/// Refuses null among the elements of a list or a map: RespectNullableAnnotations looks at members only, and one that slips through is found by
/// whoever decides on it.
/// </summary>
internal static class NoNulls
{
    public static void In(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        var collections = type.Properties.Where(member => member is { Get: not null, Set: not null } && Holds(member.PropertyType)).ToArray();
        if (collections.Length == 0) return;
        type.OnDeserialized += read =>
        {
            foreach (var member in collections)
                if (member.Get!(read) is IEnumerable elements && AnyNull(elements))
                    throw new JsonException($"null stands among the elements of {member.Name}");
        };
    }

    /// <summary>A collection whose elements may be null at run time, although none of ours is said to hold any.</summary>
    private static bool Holds(Type type)
    {
        var collection = Nullable.GetUnderlyingType(type) ?? type;
        return collection.IsGenericType && typeof(IEnumerable).IsAssignableFrom(collection) && !collection.GetGenericArguments()[^1].IsValueType;
    }

    private static bool AnyNull(IEnumerable elements)
    {
        if (elements is IDictionary map) elements = map.Values;
        foreach (var element in elements)
            if (element is null) return true;
        return false;
    }
}
