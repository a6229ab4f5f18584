using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>
/// Records with every settable member away from its initial value, so that a member that is added to one of them is
/// covered the moment it exists.
/// </summary>
internal static class Filled
{
    private static readonly DateTimeOffset Start = new(2026, 8, 1, 3, 4, 5, 678, TimeSpan.FromHours(2));

    public static T Of<T>(int seed = 1)
    {
        var next = seed;
        return (T)Make(typeof(T), ref next);
    }

    private static object Make(Type declared, ref int next)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        next++;
        if (type == typeof(string)) return $"text {next} \"<é🚨>\"";
        if (type == typeof(int)) return next;
        if (type == typeof(bool)) return true;
        if (type == typeof(DateTimeOffset)) return Start.AddTicks(next * 1_234_567L);
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(next * 7_654_321L);
        if (type == typeof(TargetId)) return new TargetId($"namespace-{next}", $"name-{next}");
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type)) return MakeCollection(type, ref next);
        return MakeRecord(type, ref next);
    }

    private static object MakeRecord(Type type, ref int next)
    {
        var made = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
            property.SetValue(made, property.Name switch
            {
                nameof(Panel.Version) => Panel.ReadableSince,
                nameof(Panel.Writer) => Panel.CurrentVersion,
                _ => Make(property.PropertyType, ref next),
            });
        return made;
    }

    private static object MakeCollection(Type type, ref int next)
    {
        var parts = type.GetGenericArguments();
        var list = (IList)Activator.CreateInstance(
            typeof(List<>).MakeGenericType(parts.Length == 2 ? typeof(KeyValuePair<,>).MakeGenericType(parts) : parts[0]))!;
        for (var item = 0; item < 2; item++)
        {
            list.Add(parts.Length == 2
                ? Activator.CreateInstance(typeof(KeyValuePair<,>).MakeGenericType(parts), Make(parts[0], ref next), Make(parts[1], ref next))
                : Make(parts[0], ref next));
        }

        var kind = type.GetGenericTypeDefinition();
        var factory = kind == typeof(ImmutableArray<>) ? typeof(ImmutableArray)
            : kind == typeof(ImmutableSortedSet<>) ? typeof(ImmutableSortedSet)
            : kind == typeof(ImmutableSortedDictionary<,>) ? typeof(ImmutableSortedDictionary)
            : throw new NotSupportedException($"The filler knows no {type}: teach it.");
        return factory.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.Name == "CreateRange" && method.GetGenericArguments().Length == parts.Length)
            .Select(method => method.MakeGenericMethod(parts))
            .Single(method => method.GetParameters() is [var only] && only.ParameterType.IsInstanceOfType(list))
            .Invoke(null, [list])!;
    }
}
