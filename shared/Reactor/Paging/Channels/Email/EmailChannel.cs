using System.Collections.Concurrent;
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
    private const int MostRemembered = 1_000;

    /// <summary>Greylisting lasts minutes. After these the others, whose next page waits behind this one, have waited enough.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly EmailSettings settings;
    private readonly LinkSettings links;
    private readonly TimeProvider time;
    private readonly OutboundSocket network;

    /// <summary>By page, who of it has it already while somebody else has to wait. Only in memory: after a restart all get it again, which is better than never.</summary>
    private readonly ConcurrentDictionary<string, ImmutableHashSet<string>> reached = new(StringComparer.Ordinal);

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
        this.time = time;
        network = new OutboundSocket(resolve);
    }

    public string Name => "email";

    /// <summary>Two a second: relays that count begin far above it.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(0.5);

    public object? Credential => settings.Password?.Whole;

    private Secret? Password => settings.User is null ? null : settings.Password?.Now;

    /// <summary>As far as to be let in: connected, encrypted, the password taken; no mail is sent.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancel)
    {
        var password = Password;
        using var session = new SmtpSession(settings);
        var failed = await OpenAsync(session, password, cancel);
        await CloseAsync(session, cancel);
        return failed is null ? null : Shown(failed.Detail, password);
    }

    public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        var (message, password) = (EmailMessage.Of(page, settings, links), Password);
        using var session = new SmtpSession(settings);
        var result = await OpenAsync(session, password, cancel) ?? await SendAsync(session, page, message, cancel);
        await CloseAsync(session, cancel);
        return result with { Detail = Shown(result.Detail, password) };
    }

    /// <summary>Null when the session is open. Nothing of what can go wrong here is about the page, so all of it is tried again.</summary>
    private async Task<SendResult?> OpenAsync(SmtpSession session, Secret? password, CancellationToken cancel)
    {
        try
        {
            var connection = await network.ConnectAsync(settings.Host, settings.Port, loopbackOnly: settings.Tls == EmailTls.None, cancel);
            await session.OpenAsync(connection, cancel);
            if (password is not null) await session.AuthenticateAsync(settings.User!, password.Reveal(), cancel);
            return null;
        }
        catch (AuthenticationException refused)
        {
            return OfAuthentication(session.Reply, refused);
        }
        catch (SslHandshakeException) when (session.Distrust is not null)
        {
            return Again($"{settings.Host} is not trusted: {session.Distrust}");
        }
        catch (NotSupportedException)
        {
            return Again($"{settings.Host} {Missing(session, password)}");
        }
        catch (OutboundRefusedException refused)
        {
            return Again($"{settings.Host} was not connected to: {refused.Message}");
        }
        catch (SocketException fault)
        {
            return Again($"{settings.Host} could not be reached ({fault.SocketErrorCode})");
        }
        catch (Exception fault) when (fault is ProtocolException or CommandException or IOException or SslHandshakeException)
        {
            return Again($"{settings.Host} could not be spoken to: {WordsOf(fault)}");
        }
    }

    /// <summary>Another password may cure it, unless the server is only too busy to look, or wants encryption first.</summary>
    private SendResult OfAuthentication(LastReply reply, AuthenticationException refused)
    {
        var (status, words) = (reply.Status, reply.Words);
        if (SmtpPolicy.Advice(status, words, settings) is not null)
            return Again($"{settings.Host} answered {SmtpPolicy.Told(status, words, settings)}");
        return status is >= 400 and < 500
            ? Again($"{settings.Host} can't check the password now: {status} {words}")
            : new SendResult(SendStatus.Refused, $"{settings.Host} refuses the password: {(status >= 500 ? $"{status} {words}" : refused.Message)}");
    }

    private string Missing(SmtpSession session, Secret? password) =>
        password is null || (settings.Tls != EmailTls.None && !session.IsSecure) ? "offers no STARTTLS, and nothing is sent unencrypted"
        : settings.Tls == EmailTls.None && session.Capabilities.HasFlag(SmtpCapabilities.StartTLS) ? "takes a password after STARTTLS only: set Pages:Email:Tls=starttls"
        : session.AuthenticationMechanisms.Count > 0 ? $"takes no password, only {string.Join(", ", session.AuthenticationMechanisms.Order(StringComparer.Ordinal))}"
        : "asks for no password, and one is set";

    private async Task<SendResult> SendAsync(SmtpSession session, Page page, MimeMessage message, CancellationToken cancel)
    {
        var before = reached.GetValueOrDefault(page.Id, []);
        ImmutableArray<MailboxAddress> asked = [.. message.To.Mailboxes.Where(one => !before.Contains(one.Address))];
        try
        {
            var answer = await session.SendAsync(message, message.From.Mailboxes.First(), asked, cancel);
            return Settle(page, asked, session.Refused, answer);
        }
        catch (ServiceNotAuthenticatedException refused)
        {
            // Every 530 comes as this, whatever it asks for; the message is the reply's text.
            return Again($"{settings.Host} answered {SmtpPolicy.Told((int)SmtpStatusCode.AuthenticationRequired, refused.Message, settings)}");
        }
        catch (SmtpCommandException) when (session.Refused.Count == asked.Length)
        {
            return Settle(page, asked, session.Refused, "");
        }
        catch (SmtpCommandException refused)
        {
            var (status, words) = ((int)refused.StatusCode, refused.Message);
            var final = status >= 500 && SmtpPolicy.Advice(status, words, settings) is null;
            return new SendResult(final ? SendStatus.Final : SendStatus.Retry, SmtpPolicy.Told(status, words, settings));
        }
        catch (Exception fault) when (fault is ProtocolException or CommandException or IOException or SocketException or ServiceNotConnectedException)
        {
            return Again($"{settings.Host} broke off: {WordsOf(fault)}");
        }
    }

    /// <summary>
    /// Who is refused for good is named and holds up nobody. Who has to wait is tried again alone, for a while when others have the page, and as
    /// long as nobody has it.
    /// </summary>
    private SendResult Settle(Page page, ImmutableArray<MailboxAddress> asked, IReadOnlyCollection<RefusedRecipient> refused, string answer)
    {
        var words = string.Concat(refused.Select(one => $"; {one.Address} was refused with {one.Words}"));
        var taken = asked.Select(one => one.Address).Except(refused.Select(one => one.Address), StringComparer.OrdinalIgnoreCase).ToList();
        var all = reached.GetValueOrDefault(page.Id, []).Union(taken);
        if (refused.Any(one => one.ForNow) && (all.IsEmpty || time.GetUtcNow() - page.At < Patience))
        {
            if (reached.Count >= MostRemembered) reached.Clear();
            if (!all.IsEmpty) reached[page.Id] = all;
            return Again($"taken for {taken.Count} of {asked.Length} recipients{words}");
        }

        reached.TryRemove(page.Id, out _);
        return all.IsEmpty
            ? new SendResult(SendStatus.Final, $"every recipient was refused{words}")
            : new SendResult(SendStatus.Delivered, $"{(answer.Length == 0 ? "taken for the others" : answer)}{words}");
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

    private string WordsOf(Exception fault) => fault switch
    {
        SmtpCommandException refused => SmtpPolicy.Told((int)refused.StatusCode, refused.Message, settings),
        SmtpProtocolException protocol => protocol.Message,
        _ => fault.GetType().Name,
    };

    private static SendResult Again(string words) => new(SendStatus.Retry, words);

    private string Shown(string words, Secret? password) => PageText.Fit(WebhookUrl.Hide(Wire.Text.Clean(words, ShownAtMost), SecretsOf(password)), ShownAtMost);

    /// <summary>As they may come back in an answer: as AUTH PLAIN and AUTH LOGIN write them, and as they are.</summary>
    private IReadOnlyList<string> SecretsOf(Secret? password) => password?.Reveal() is { } key ? [Base64($"\0{settings.User}\0{key}"), Base64(key), key] : [];

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
