namespace Sophia.Keda.Reactor.Sandbox.Cluster;

public sealed record SandboxOptions
{
    /// <summary>KEDA's admission webhook answers; without it (failurePolicy Ignore) everything is accepted.</summary>
    public bool Webhook { get; init; } = true;

    /// <summary>client-go's limit of about 25 events an object, refilled one in five minutes. Off: nobody measured it here.</summary>
    public bool EventSpamFilter { get; init; }

    /// <summary>Without leader election (--leader-elect=false) the operator has no lease at all.</summary>
    public bool LeaderElection { get; init; } = true;

    /// <summary>Everyone has system:discovery and system:basic-user, as nearly all clusters grant them: look around, and ask "may I?".</summary>
    public bool DefaultRoles { get; init; } = true;

    /// <summary>Which release is played, as <see cref="Keda.Versions.KedaTable"/> knows it: 2.13 or newer.</summary>
    public string KedaVersion { get; init; } = "2.20.0";

    /// <summary>The generated and the seeded containers ask for CPU; without it a CPU HPA cannot work.</summary>
    public bool CpuRequests { get; init; } = true;
}
