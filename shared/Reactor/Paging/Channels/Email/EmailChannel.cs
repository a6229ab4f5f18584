using System.Collections.Immutable;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>Mail by SMTP (RFC 5321): 4xx may pass, 5xx is for good, for each recipient alone.</summary>
public sealed class EmailChannel : IPageChannel
{
    private const int ShownAtMost = 400;

    private readonly EmailSettings settings;
    private readonly LinkSettings links;
    private readonly TakenSecret? password;
    private readonly OutboundSocket network;
    private readonly WaitingRecipients waiting;

    /// <param name="settings">The server and who writes to whom.</param>
    /// <param name="time">Measures how long a recipient is waited for.</param>
    /// <param name="links">What pages link to.</param>
    /// <param name="resolve">Null: the machine's DNS.</param>
    public EmailChannel(EmailSettings settings, TimeProvider time, LinkSettings? links = null, ResolveName? resolve = null)
    {
        if (settings.Tls == EmailTls.None && !OutboundRules.IsLoopback(settings.Host))
            throw new ArgumentException("Mail without TLS goes to a relay on this machine only.", nameof(settings));
        this.settings = settings;
        this.links = links ?? LinkSettings.None;
        password = settings is { User: not null, Password: { } secret } ? new TakenSecret(secret) : null;
        network = new OutboundSocket(resolve);
        waiting = new WaitingRecipients(time);
    }

    public string Name => "email";

    /// <summary>Two a second: relays that count begin far above it.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(0.5);

    /// <summary>As far as to be let in: connected, encrypted, the password taken; no mail is sent.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancel)
    {
        var passwords = password?.InOrder() ?? [];
        var problem = "";
        for (var tried = 0; tried < Math.Max(1, passwords.Length); tried++)
        {
            using var session = new SmtpSession(settings);
            var failed = await OpenAsync(session, passwords.IsEmpty ? null : passwords[tried], cancel);
            await CloseAsync(session, cancel);
            if (failed is not { } fault) return null;
            problem = PageText.Fit(WebhookUrl.Hide(Wire.Text.Clean(fault.Result.Detail, ShownAtMost), Secrets(passwords)), ShownAtMost);
            if (!fault.PasswordRefused) break;
        }

        return problem;
    }

    public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        var message = EmailMessage.Of(page, settings, links);
        var passwords = password?.InOrder() ?? [];
        var result = new SendResult(SendStatus.Retry, "");
        for (var tried = 0; tried < Math.Max(1, passwords.Length); tried++)
        {
            // A connection for each password: many servers hang up on one that was refused.
            using var session = new SmtpSession(settings);
            var key = passwords.IsEmpty ? null : passwords[tried];
            if (await OpenAsync(session, key, cancel) is { } failed)
            {
                result = failed.Result;
                if (!failed.PasswordRefused) break;
                continue;
            }

            if (key is not null) password!.Took(key);
            result = await SendAsync(session, page, message, cancel);
            await CloseAsync(session, cancel);
            break;
        }

        return result with { Detail = PageText.Fit(WebhookUrl.Hide(Wire.Text.Clean(result.Detail, ShownAtMost), Secrets(passwords)), ShownAtMost) };
    }

    /// <summary>Nothing of this is about the page, so all of it is tried again; a wrong password is mended, and the page still goes out.</summary>
    private async Task<(SendResult Result, bool PasswordRefused)?> OpenAsync(SmtpSession session, Secret? key, CancellationToken cancel)
    {
        try
        {
            var connection = await network.ConnectAsync(settings.Host, settings.Port, loopbackOnly: settings.Tls == EmailTls.None, cancel);
            await session.OpenAsync(connection, cancel);
            if (key is not null) await session.AuthenticateAsync(settings.User!, key.Reveal(), cancel);
            return null;
        }
        catch (AuthenticationException refused)
        {
            return (Again($"{settings.Host} refuses the password: {refused.Message}"), true);
        }
        catch (SslHandshakeException) when (session.Distrust is not null)
        {
            return (Again($"{settings.Host} is not trusted: {session.Distrust}"), false);
        }
        catch (NotSupportedException)
        {
            return (Again(key is null || settings.Tls != EmailTls.None && !session.IsSecure
                ? $"{settings.Host} offers no STARTTLS, and nothing is sent unencrypted"
                : $"{settings.Host} asks for no password, and one is set"), false);
        }
        catch (OutboundRefusedException refused)
        {
            return (Again($"{settings.Host} was not connected to: {refused.Message}"), false);
        }
        catch (SocketException fault)
        {
            return (Again($"{settings.Host} could not be reached ({fault.SocketErrorCode})"), false);
        }
        catch (Exception fault) when (fault is ProtocolException or CommandException or IOException or SslHandshakeException)
        {
            return (Again($"{settings.Host} could not be spoken to: {WordsOf(fault)}"), false);
        }
    }

    private async Task<SendResult> SendAsync(SmtpSession session, Page page, MimeMessage message, CancellationToken cancel)
    {
        var recipients = waiting.Of(page.Id, message.To.Mailboxes);
        try
        {
            var answer = await session.SendAsync(message, message.From.Mailboxes.First(), recipients, cancel);
            return waiting.Settle(page.Id, recipients, session.Refused, answer);
        }
        catch (ServiceNotAuthenticatedException)
        {
            return Again($"{settings.Host} asks for a password, and none is set");
        }
        catch (SmtpCommandException) when (session.Refused.Count == recipients.Length)
        {
            return waiting.Settle(page.Id, recipients, session.Refused, "");
        }
        catch (SmtpCommandException refused)
        {
            var status = (int)refused.StatusCode;
            return new SendResult(status >= 500 ? SendStatus.Final : SendStatus.Retry, $"{status} {refused.Message}");
        }
        catch (Exception fault) when (fault is ProtocolException or CommandException or IOException or SocketException or ServiceNotConnectedException)
        {
            return Again($"{settings.Host} broke off: {WordsOf(fault)}");
        }
    }

    /// <summary>What was taken is taken, however the farewell goes.</summary>
    private static async Task CloseAsync(SmtpSession session, CancellationToken cancel)
    {
        try
        {
            if (session.IsConnected) await session.DisconnectAsync(quit: true, cancel);
        }
        catch (Exception fault) when (fault is ProtocolException or CommandException or IOException or SocketException or OperationCanceledException)
        {
            // Nothing hangs on it.
        }
    }

    private static string WordsOf(Exception fault) => fault switch
    {
        SmtpCommandException refused => $"{(int)refused.StatusCode} {refused.Message}",
        _ => fault.GetType().Name,
    };

    private static SendResult Again(string words) => new(SendStatus.Retry, words);

    /// <summary>As they may come back in an answer: as they are, and as AUTH PLAIN and AUTH LOGIN write them.</summary>
    private IReadOnlyList<string> Secrets(ImmutableArray<Secret> passwords) =>
    [
        .. passwords.Select(key => key.Reveal()).SelectMany(key => new[] { Base64($"\0{settings.User}\0{key}"), Base64(key), key }),
    ];

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
