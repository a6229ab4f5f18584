using System.Reflection;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.Fakes;

/// <summary>Everything that a host asks of its store.</summary>
public interface IWholeStore : IStateStore, IAuditTrail;

/// <summary>A real store behind a bad line: calls of the chosen names are lost on the way there, or done and their reply is lost.</summary>
public class LossyStore : DispatchProxy
{
    private IStateStore inner = null!;

    /// <summary>Names of calls that never get there.</summary>
    public HashSet<string> Unsent { get; } = [];

    /// <summary>Names of calls that are done, and nobody is told.</summary>
    public HashSet<string> Unanswered { get; } = [];

    public static IWholeStore Before(IStateStore store)
    {
        var made = Create<IWholeStore, LossyStore>();
        ((LossyStore)(object)made).inner = store;
        return made;
    }

    public void Heal()
    {
        Unsent.Clear();
        Unanswered.Clear();
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var (name, type) = (targetMethod!.Name, targetMethod.ReturnType);
        if (Unsent.Contains(name)) return Lost(type, Task.CompletedTask);
        var done = targetMethod.Invoke(inner, args);
        return Unanswered.Contains(name) ? Lost(type, (Task)done!) : done;
    }

    private static object Lost(Type type, Task first) => type.IsGenericType
        ? typeof(LossyStore).GetMethod(nameof(LostAsync), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [first])!
        : LostAsync<int>(first);

    private static async Task<T> LostAsync<T>(Task first)
    {
        await first;
        throw new StoreUnavailableException("the line broke");
    }
}
