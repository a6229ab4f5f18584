using System.Collections;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>Deep equality over public members: records compare their collections by reference, and a comparison of JSON misses what JSON leaves out.</summary>
internal static class Same
{
    public static void Assert(object? expected, object? actual, string path = "")
    {
        if (expected is null || actual is null || IsPlain(expected))
        {
            Xunit.Assert.True(Equals(expected, actual), $"{path}: expected {expected ?? "null"}, found {actual ?? "null"}");
            return;
        }

        Xunit.Assert.True(expected.GetType() == actual.GetType(), $"{path}: expected a {expected.GetType()}, found a {actual.GetType()}");
        if (expected is IEnumerable)
        {
            var (wanted, found) = (Items(expected), Items(actual));
            Xunit.Assert.True(wanted.Length == found.Length, $"{path}: expected {wanted.Length} items, found {found.Length}");
            for (var index = 0; index < wanted.Length; index++)
                Assert(wanted[index], found[index], $"{path}[{index}]");
            return;
        }

        foreach (var property in expected.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0))
            Assert(property.GetValue(expected), property.GetValue(actual), $"{path}.{property.Name}");
    }

    private static bool IsPlain(object value) => value is string or DateTimeOffset or TimeSpan or Core.TargetId || value.GetType().IsPrimitive || value is Enum;

    private static object?[] Items(object collection) => [.. ((IEnumerable)collection).Cast<object?>()];
}
