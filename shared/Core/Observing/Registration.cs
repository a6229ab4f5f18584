namespace Sophia.Keda.Reactor.Core;

/// <summary>A name of KEDA's in the API server that leads to somebody else (kedacore/keda#6475).</summary>
/// <param name="By">Where it leads, in words: "Service datadog/datadog-cluster-agent-metrics-api".</param>
/// <param name="Instead">KEDA's own, to which it should lead: "keda-system/keda-metrics-apiserver".</param>
/// <param name="LastWriter">Who wrote it last, by managedFields; null when nobody is named there.</param>
public sealed record Taken(string By, string Instead, FieldWriter? LastWriter);

/// <summary>How a registration of KEDA's stands.</summary>
public enum Standing
{
    Well,

    /// <summary>It is there and nobody answers for it.</summary>
    NotServed,

    /// <summary>It is not there.</summary>
    Gone,

    /// <summary>It is there and leads to somebody else.</summary>
    Taken,

    /// <summary>It could not be told.</summary>
    Unknown,
}

/// <summary>One resource of keda.sh or one webhook configuration for them, as the API server has it.</summary>
/// <param name="Kind">CustomResourceDefinition or ValidatingWebhookConfiguration.</param>
/// <param name="Name">Its name.</param>
/// <param name="Standing">How it stands.</param>
public sealed record Registration(string Kind, string Name, Standing Standing)
{
    public const string Crd = "CustomResourceDefinition";
    public const string Webhook = "ValidatingWebhookConfiguration";

    /// <summary>True when a write to a ScaledObject is refused as it stands: no pause and no mark could be written.</summary>
    public bool Refuses { get; init; }

    /// <summary>What is wrong, in words that follow the name: "leads to Service x/y, which is not there".</summary>
    public string What { get; init; } = "";

    public FieldWriter? LastWriter { get; init; }

    /// <summary>What gives it back, as a command; empty when none is known.</summary>
    public string GiveBack { get; init; } = "";

    /// <summary>"CustomResourceDefinition/scaledjobs.keda.sh".</summary>
    public string Key => $"{Kind}/{Name}";
}
