namespace Sophia.Keda.Reactor.Functions.Standalone.Attributes;

/// <summary>The worker's attribute of the same name, as far as the triggers use it.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
{
    public AuthorizationLevel AuthLevel { get; } = authLevel;

    public string[] Methods { get; } = methods;

    public string? Route { get; set; }
}

/// <summary>Who may call as far as the Functions host checks. All of ours are Anonymous to it: the check is our own.</summary>
public enum AuthorizationLevel
{
    Anonymous,
    User,
    Function,
    System,
    Admin,
}
