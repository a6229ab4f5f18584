using System.Collections;
using System.Reflection;
using System.Runtime.Loader;

namespace Sophia.Keda.Reactor.Mutants;

/// <summary>A test, or one row of a theory.</summary>
internal sealed record Test(string Name, Action Run);

/// <summary>
/// Core's tests on the assembly that dotnet-stryker made of Core: it holds every mutant, and a static field says which one is active.
/// </summary>
internal sealed class MutatedTests
{
    private const BindingFlags Anything = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    private readonly FieldInfo _active;
    private readonly FieldInfo _capture;
    private readonly MethodInfo _reset;
    private readonly MethodInfo _covered;
    private readonly Assembly _tests;

    /// <summary>Loads both afresh, so that what a static initializer computes is computed anew.</summary>
    public MutatedTests(string folder, int active = -1)
    {
        var context = new AssemblyLoadContext("mutants", isCollectible: true);
        context.Resolving += (own, name) => File.Exists(Path.Combine(folder, name.Name + ".dll")) ? own.LoadFromAssemblyPath(Path.Combine(folder, name.Name + ".dll")) : null;
        Core = context.LoadFromAssemblyPath(Path.Combine(folder, "Sophia.Keda.Reactor.Core.dll"));
        _tests = context.LoadFromAssemblyPath(Path.Combine(folder, "Core.Tests.dll"));
        Control = Array.Find(Core.GetTypes(), type => type.Name == "MutantControl") ?? throw new InvalidOperationException($"{folder} holds no Core that dotnet-stryker has mutated");
        _active = Control.GetField("ActiveMutant", Anything)!;
        _capture = Control.GetField("CaptureCoverage", Anything)!;
        _reset = Control.GetMethod("ResetCoverage")!;
        _covered = Control.GetMethod("GetCoverageData")!;
        Activate(active);
        _capture.SetValue(null, false);
        Tests = [.. _tests.GetTypes().Where(type => !type.IsAbstract).SelectMany(Of).DistinctBy(test => test.Name, StringComparer.Ordinal)];
    }

    public Assembly Core { get; }

    /// <summary>Stryker's own class in the mutated assembly.</summary>
    public Type Control { get; }

    public IReadOnlyList<Test> Tests { get; }

    public void Activate(int mutant) => _active.SetValue(null, mutant);

    /// <summary>The mutants whose place a test comes to.</summary>
    public IReadOnlyCollection<int> CoveredBy(Test test)
    {
        _capture.SetValue(null, true);
        _reset.Invoke(null, null);
        Failure(test);
        var covered = ((IEnumerable)_covered.Invoke(null, null)!).Cast<IEnumerable>().SelectMany(ids => ids.Cast<int>()).ToHashSet();
        _capture.SetValue(null, false);
        return covered;
    }

    /// <summary>Why a test fails, or null.</summary>
    public static string? Failure(Test test)
    {
        try
        {
            test.Run();
            return null;
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message.Split('\n')[0]}";
        }
    }

    private static IEnumerable<Test> Of(Type type)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var method in type.GetMethods())
        {
            foreach (var row in Rows(type, method))
            {
                var name = $"{type.Name}.{method.Name}({string.Join(',', row)})";
                while (!names.Add(name))
                    name += "'"; // null and "" look the same
                yield return new Test(name, () => Run(type, method, row));
            }
        }
    }

    private static IEnumerable<object?[]> Rows(Type type, MethodInfo method)
    {
        var attributes = method.GetCustomAttributes().ToList();
        if (attributes.Exists(a => a.GetType().Name == "FactAttribute"))
            return [[]];
        if (!attributes.Exists(a => a.GetType().Name == "TheoryAttribute"))
            return [];
        return attributes.SelectMany(attribute => attribute.GetType().Name switch
        {
            "InlineDataAttribute" => ((IEnumerable)attribute.GetType().GetMethod("GetData")!.Invoke(attribute, [method])!).Cast<object?[]?>().Select(row => row ?? [null]),
            "MemberDataAttribute" => Members(type, attribute),
            _ => [],
        });
    }

    private static IEnumerable<object?[]> Members(Type type, Attribute attribute)
    {
        var name = (string)attribute.GetType().GetProperty("MemberName")!.GetValue(attribute)!;
        var rows = type.GetMember(name, Anything)[0] switch
        {
            PropertyInfo property => property.GetValue(null),
            FieldInfo field => field.GetValue(null),
            MethodInfo made => made.Invoke(null, (object?[]?)attribute.GetType().GetProperty("Parameters")!.GetValue(attribute)),
            var other => throw new NotSupportedException($"{other}"),
        };
        return ((IEnumerable)rows!).Cast<object>().Select(row => row as object?[] ?? [row]);
    }

    private static void Run(Type type, MethodInfo method, object?[] row)
    {
        var subject = Activator.CreateInstance(type);
        try
        {
            var result = method.Invoke(subject, BindingFlags.DoNotWrapExceptions, null, Fitting(method.GetParameters(), row), null);
            (result as Task)?.GetAwaiter().GetResult();
        }
        finally
        {
            (subject as IDisposable)?.Dispose();
        }
    }

    /// <summary>As xunit does it: defaults for what a row leaves out, the rest of it for params, numbers and enums as the parameter wants them.</summary>
    private static object?[] Fitting(ParameterInfo[] parameters, object?[] row) =>
        [.. parameters.Select((parameter, i) =>
        {
            if (parameter.IsDefined(typeof(ParamArrayAttribute)) && !(i < row.Length && parameter.ParameterType.IsInstanceOfType(row[i])))
            {
                var rest = Array.CreateInstance(parameter.ParameterType.GetElementType()!, Math.Max(0, row.Length - i));
                for (var at = i; at < row.Length; at++)
                    rest.SetValue(row[at], at - i);
                return rest;
            }

            var value = i < row.Length ? row[i] : parameter.DefaultValue;
            var wanted = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
            return value is null || wanted.IsInstanceOfType(value) ? value
                : wanted.IsEnum ? Enum.ToObject(wanted, value)
                : value is IConvertible ? Convert.ChangeType(value, wanted, System.Globalization.CultureInfo.InvariantCulture)
                : value;
        })];
}
