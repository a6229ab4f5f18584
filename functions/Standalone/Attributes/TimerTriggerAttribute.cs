namespace Sophia.Keda.Reactor.Functions.Standalone.Attributes;

/// <summary>The worker's attribute of the same name, as far as the triggers use it.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TimerTriggerAttribute(string schedule) : Attribute
{
    public string Schedule { get; } = schedule;
}

public sealed class TimerInfo
{
    /// <summary>True when it runs later than its schedule says.</summary>
    public bool IsPastDue { get; set; }
}
