using System.Collections.Immutable;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

public enum EmailTls
{
    /// <summary>Plain at first, then encrypted, or no mail at all.</summary>
    StartTls,

    /// <summary>Encrypted from the first byte.</summary>
    Implicit,

    /// <summary>Never encrypted: for a relay on this machine only.</summary>
    None,
}

public sealed record EmailSettings
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    public EmailTls Tls { get; init; } = EmailTls.StartTls;

    /// <summary>Null: the server asks nobody who they are.</summary>
    public string? User { get; init; }

    /// <summary>A secret.</summary>
    public LiveSecret? Password { get; init; }

    /// <summary>"a@b.example" or "Name &lt;a@b.example&gt;".</summary>
    public required string From { get; init; }

    public required ImmutableArray<string> To { get; init; }

    /// <summary>PEM with the authorities to trust instead of the machine's.</summary>
    public string? CaFile { get; init; }

    /// <summary>What the port is when nobody says.</summary>
    public static int PortOf(EmailTls tls) => tls switch
    {
        EmailTls.StartTls => 587,
        EmailTls.Implicit => 465,
        EmailTls.None => 25,
        _ => throw new System.Diagnostics.UnreachableException($"TLS {tls}"),
    };

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"mail by {Host}:{Port}";
}
