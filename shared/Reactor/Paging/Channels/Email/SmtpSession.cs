using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>Who of the recipients was refused, and with what.</summary>
internal sealed record RefusedRecipient(string Address, int Status, string Words)
{
    public bool ForNow => Status is >= 400 and < 500;
}

/// <summary>One connection to the server. It goes on when a recipient is refused: the others are to get their page.</summary>
internal sealed class SmtpSession : SmtpClient
{
    private readonly EmailSettings settings;

    public SmtpSession(EmailSettings settings)
    {
        this.settings = settings;
        // As for every other connection of ours: what an authority revoked is not asked for, which would be a call to an address that nobody configured.
        CheckCertificateRevocation = false;
        ServerCertificateValidationCallback = Believe;
    }

    public List<RefusedRecipient> Refused { get; } = [];

    /// <summary>Why the server was not believed; null when it was.</summary>
    public string? Distrust { get; private set; }

    /// <summary>StartTls never goes on without: a server (or somebody before it) that hides the offer gets no mail.</summary>
    public Task OpenAsync(Stream connection, CancellationToken cancel) => ConnectAsync(connection, settings.Host, settings.Port, settings.Tls switch
    {
        EmailTls.StartTls => SecureSocketOptions.StartTls,
        EmailTls.Implicit => SecureSocketOptions.SslOnConnect,
        EmailTls.None => SecureSocketOptions.None,
        _ => throw new System.Diagnostics.UnreachableException($"TLS {settings.Tls}"),
    }, cancel);

    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        Refused.Add(new RefusedRecipient(mailbox.Address, (int)response.StatusCode, response.Response));

    private bool Believe(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        (Distrust = ServerTrust.Distrust(certificate, chain, errors, settings.CaFile)) is null;
}
