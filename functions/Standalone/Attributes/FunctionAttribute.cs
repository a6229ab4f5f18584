namespace Sophia.Keda.Reactor.Functions.Standalone.Attributes;

/// <summary>The worker's attribute of the same name, as far as the triggers use it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FunctionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
