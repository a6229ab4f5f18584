using System.Reflection;

namespace Sophia.Keda.Reactor.Mutants;

/// <summary>The mutants that an assembly holds: each is a call of stryker's IsActive with its number before it.</summary>
internal static class MutantIds
{
    private const byte Call = 0x28;

    public static SortedSet<int> In(Assembly core, Type control)
    {
        var isActive = control.GetMethod("IsActive")!;
        var ids = new SortedSet<int>();
        foreach (var type in core.GetTypes())
        {
            foreach (var method in type.GetMembers(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).OfType<MethodBase>())
            {
                if (method.GetMethodBody()?.GetILAsByteArray() is { } code)
                    Read(type, method, code, isActive, ids);
            }
        }

        return ids;
    }

    private static void Read(Type type, MethodBase method, byte[] code, MethodInfo isActive, SortedSet<int> ids)
    {
        for (var at = 0; at < code.Length; at++)
        {
            if (Number(code, at) is not var (number, length) || at + length + 5 > code.Length || code[at + length] != Call)
                continue;
            try
            {
                var called = method.Module.ResolveMethod(
                    BitConverter.ToInt32(code, at + length + 1),
                    type.IsGenericType ? type.GetGenericArguments() : null,
                    method.IsGenericMethod ? method.GetGenericArguments() : null);
                if (called == isActive)
                    ids.Add(number);
            }
            catch (ArgumentException)
            {
                // These bytes were no call: they belong to another instruction.
            }
        }
    }

    /// <summary>ldc.i4 in its three lengths.</summary>
    private static (int Number, int Length)? Number(byte[] code, int at) => code[at] switch
    {
        0x20 when at + 5 <= code.Length => (BitConverter.ToInt32(code, at + 1), 5),
        0x1f when at + 2 <= code.Length => ((sbyte)code[at + 1], 2),
        >= 0x16 and <= 0x1e => (code[at] - 0x16, 1),
        _ => null,
    };
}
