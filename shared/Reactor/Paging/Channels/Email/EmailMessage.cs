using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MimeKit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>
/// A page as a mail: plain text and HTML. The same page is the same mail down to its Message-ID, so that one sent twice shows once in programs
/// that look at it; all pages of an incident refer to one id, which makes them one thread.
/// </summary>
internal static class EmailMessage
{
    private const int Subject = 200;
    private const int Mark = 100;

    public static MimeMessage Of(Page told, EmailSettings settings, LinkSettings linked)
    {
        var (page, links) = (AlertUrls.Shown(told, linked), PageLinks.Of(told, linked));
        var from = EmailAddress.TryParse(settings.From) ?? throw new ArgumentException("The sender is no address.", nameof(settings));
        var message = new MimeMessage
        {
            Subject = SubjectOf(page),
            Date = page.At,
            MessageId = Id(page.Id, from.Domain),
            InReplyTo = Id($"thread of {page.DedupKey}", from.Domain),
            Importance = page.Severity >= Severity.Error ? MessageImportance.High : MessageImportance.Normal,
            XPriority = PriorityOf(page.Severity),
            Body = new MultipartAlternative(Part("plain", EmailText.Of(page, links)), Part("html", EmailHtml.Of(page, links))),
        };
        message.From.Add(from);
        message.To.AddRange(settings.To.Select(EmailAddress.TryParse).OfType<MailboxAddress>());
        message.References.Add(message.InReplyTo);
        // RFC 3834: no "I am on holiday" comes back. Exchange has a header of its own for it.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        message.Headers.Add("X-Reactor-Kind", Word(page.Kind));
        message.Headers.Add("X-Reactor-Severity", Word(page.Severity));
        if (page.IncidentId is { } id) message.Headers.Add("X-Reactor-Incident", Text.Clean(id, Mark));
        return message;
    }

    /// <summary>One line whatever the labels hold: a line break would begin another header.</summary>
    private static string SubjectOf(Page page) => PageText.Fit(
        Text.Clean($"[{Text.Clean(page.Cluster, Mark)}] {SignOf(page)}: {page.Title}", 2 * Subject), Subject);

    internal static string SignOf(Page page) => page.Kind switch
    {
        PageKind.Trigger => page.Severity.ToString().ToUpperInvariant(),
        PageKind.Update => $"Update ({Word(page.Severity)})",
        PageKind.Resolve => "Resolved",
        PageKind.Acknowledge => "Taken over",
        _ => throw new UnreachableException($"page kind {page.Kind}"),
    };

    private static XMessagePriority PriorityOf(Severity severity) => severity switch
    {
        Severity.Critical => XMessagePriority.Highest,
        Severity.Error => XMessagePriority.High,
        Severity.Warning => XMessagePriority.Normal,
        Severity.Info => XMessagePriority.Low,
        _ => throw new UnreachableException($"severity {severity}"),
    };

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Derived, so that a repetition has the same; hashed, since keys may hold what an id may not.</summary>
    private static string Id(string of, string domain) =>
        string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(of)))[..40]}@{domain}");

    private static TextPart Part(string kind, string text)
    {
        var part = new TextPart(kind) { ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        part.SetText(Encoding.UTF8, text);
        return part;
    }
}
