namespace Sophia.Keda.Reactor.Integration.Tests.AnyHost;

/// <summary>
/// A host that somebody else has started, under func for instance, with the settings of settings.json and policy.yaml beside this file.
/// tests/azure.sh does.
/// </summary>
/// <param name="Host">REACTOR_TEST_HOST, like http://127.0.0.1:7071.</param>
/// <param name="Cluster">REACTOR_TEST_HOST_CLUSTER: the sandbox that it guards.</param>
/// <param name="Receivers">REACTOR_TEST_HOST_RECEIVERS: where its pages go.</param>
/// <param name="Kill">REACTOR_TEST_HOST_KILL: a command that kills it; whoever started it starts it again.</param>
internal sealed record RunningElsewhere(Uri Host, Uri Cluster, Uri Receivers, string Kill)
{
    private const string Name = "REACTOR_TEST_HOST";

    /// <summary>Null when the tests are to start a host themselves.</summary>
    /// <exception cref="InvalidOperationException">One of the four is missing.</exception>
    public static RunningElsewhere? FromEnvironment() => Environment.GetEnvironmentVariable(Name) is { Length: > 0 } host
        ? new RunningElsewhere(new Uri(host), new Uri(Value("_CLUSTER")), new Uri(Value("_RECEIVERS")), Value("_KILL"))
        : null;

    private static string Value(string what) => Environment.GetEnvironmentVariable(Name + what) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException($"{Name} is set and {Name}{what} is not: tests/azure.sh shows how they go together.");
}
