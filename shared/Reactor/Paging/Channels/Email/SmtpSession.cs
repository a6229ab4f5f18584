using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>Who of the recipients was refused, and with what.</summary>
/// <param name="ForNow">Later it may be taken: the server says so, or a setting would do.</param>
internal sealed record RefusedRecipient(string Address, string Words, bool ForNow);

/// <summary>One connection to the server. It goes on when a recipient is refused: the others are to get their page.</summary>
internal sealed class SmtpSession : SmtpClient
{
    private readonly EmailSettings settings;

    public SmtpSession(EmailSettings settings)
        : this(settings, new LastReply())
    {
    }

    private SmtpSession(EmailSettings settings, LastReply reply)
        : base(reply)
    {
        (this.settings, Reply) = (settings, reply);
        // As for every other connection of ours: what an authority revoked is not asked for, which would be a call to an address that nobody configured.
        CheckCertificateRevocation = false;
        ServerCertificateValidationCallback = Believe;
    }

    public LastReply Reply { get; }

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
        Refused.Add(RefusedBy(mailbox, (int)response.StatusCode, response.Response));

    private RefusedRecipient RefusedBy(MailboxAddress mailbox, int status, string words) =>
        new(mailbox.Address, SmtpPolicy.Told(status, words, settings), status < 500 || SmtpPolicy.Advice(status, words, settings) is not null);

    private bool Believe(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        (Distrust = ServerTrust.Distrust(certificate, chain, errors, settings.CaFile)) is null;
}
