namespace Sophia.Keda.Reactor.Access;

/// <summary>What a caller may do. An operator may do all of it; a sender and a viewer only their own part.</summary>
public enum Role
{
    /// <summary>Sends alerts, reads nothing.</summary>
    Sender,

    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Gives orders.</summary>
    Operator,
}

/// <summary>Who is calling, as far as it was proven.</summary>
/// <param name="Principal">"key:operator#1": never the key itself.</param>
/// <param name="Role">The widest role it has.</param>
public sealed record Caller(string Principal, Role Role)
{
    /// <summary>With Insecure=true everyone on this machine is this.</summary>
    public static Caller Insecure { get; } = new("nobody (Insecure)", Role.Operator);

    public bool May(Role needed) => Role == Role.Operator || Role == needed;
}
