using System.Text;
using MimeKit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Email;

public sealed class EmailMessageTests
{
    /// <summary>Where Gmail cuts a message.</summary>
    private const int GmailCutsAt = 102 * 1024;

    private static readonly EmailSettings Settings = new() { Host = "smtp.example.org", Port = 587, From = "KEDA <keda@example.org>", To = ["ana@example.org", "ben@example.org"] };

    [Fact]
    public void The_text_says_everything_that_a_human_needs_at_three_in_the_morning()
    {
        var mail = Of(Pages.Full with { Targets = ["sophia/a: on its fallback", "sophia/b: on its fallback"] });

        Assert.Equal(
            """
            CRITICAL: KEDA's operator is down: 12 workloads moved to CPU scaling
            cluster prod | incident incident-7 | 2026-08-01 12:00:00 UTC

            What happened
            Its lease was not renewed for 2 min <keda & co>.

            What the reactor did
            Paused 12 ScaledObjects.

            What comes next
            Looks again.
            At 2026-08-01 12:02:00 UTC.

            What you may do
            Hold or reset.

            Targets (2)
            - sophia/a: on its fallback
            - sophia/b: on its fallback

            Take it over: https://reactor.example.org/api/confirm/ack?incident=incident-7
            Hold the recovery: https://reactor.example.org/api/confirm/hold?incident=incident-7
            Let it go on: https://reactor.example.org/api/confirm/release?incident=incident-7
            Give back to KEDA: https://reactor.example.org/api/confirm/reset?incident=incident-7
            Why: https://reactor.example.org/api/incidents/incident-7
            Runbook: https://wiki.example.org/keda?page=1&part=2

            """,
            mail.TextBody!.ReplaceLineEndings("\n"));
        Assert.Contains("href=\"https://wiki.example.org/keda?page=1&amp;part=2\"", mail.HtmlBody);
    }

    [Theory]
    [InlineData(PageKind.Trigger, Severity.Critical, "[prod] CRITICAL: t", "1 (Highest)", "high")]
    [InlineData(PageKind.Trigger, Severity.Error, "[prod] ERROR: t", "2 (High)", "high")]
    [InlineData(PageKind.Update, Severity.Warning, "[prod] Update (warning): t", null, null)]
    [InlineData(PageKind.Acknowledge, Severity.Warning, "[prod] Taken over: t", null, null)]
    [InlineData(PageKind.Resolve, Severity.Info, "[prod] Resolved: t", "4 (Low)", null)]
    public void Headers_say_how_urgent_it_is_and_that_no_human_wrote_it(PageKind kind, Severity severity, string subject, string? priority, string? importance)
    {
        var mail = Of(Pages.Full with { Kind = kind, Severity = severity, Title = "t" });

        Assert.Equal((subject, priority, importance), (mail.Subject, mail.Headers["X-Priority"], mail.Headers["Importance"]));
        Assert.Equal(("auto-generated", "All", "incident-7"), (mail.Headers["Auto-Submitted"], mail.Headers["X-Auto-Response-Suppress"], mail.Headers["X-Reactor-Incident"]));
        Assert.Equal((kind.ToString().ToLowerInvariant(), severity.ToString().ToLowerInvariant()), (mail.Headers["X-Reactor-Kind"], mail.Headers["X-Reactor-Severity"]));
        Assert.Equal(Pages.Noon, mail.Date);
    }

    [Fact]
    public void All_pages_of_an_incident_are_one_thread_and_each_has_its_own_id()
    {
        var trigger = Of(Pages.Full);
        var again = Of(Pages.Full);
        var resolve = Of(Pages.Full with { Id = "page-2", Kind = PageKind.Resolve });
        var other = Of(Pages.Full with { Id = "page-3", DedupKey = "another" });

        Assert.Equal(trigger.MessageId, again.MessageId);
        Assert.NotEqual(trigger.MessageId, resolve.MessageId);
        Assert.EndsWith("@example.org", trigger.MessageId);
        Assert.Equal(trigger.References, resolve.References);
        Assert.Equal((trigger.InReplyTo, trigger.References[0]), (resolve.InReplyTo, resolve.InReplyTo));
        Assert.NotEqual(trigger.InReplyTo, other.InReplyTo);
    }

    [Theory]
    [InlineData("x\r\nBcc: victim@example.org")]
    [InlineData("x\nBcc: victim@example.org\n\nbody")]
    [InlineData("x\rBcc: victim@example.org")]
    [InlineData("x\u2028Bcc: victim@example.org")]
    [InlineData("=?utf-8?q?x=0D=0ABcc:_victim@example.org?=")]
    public void No_label_begins_another_header(string label)
    {
        var written = Written(Of(Pages.Made(label) with { Id = label }));
        var read = MimeMessage.Load(new MemoryStream(written));

        Assert.Empty(read.Bcc);
        Assert.Equal(2, read.To.Count);
        Assert.DoesNotContain(Encoding.UTF8.GetString(written).Split("\r\n\r\n")[0].Split("\r\n"), line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(read.Subject!, char.IsControl);
    }

    [Theory]
    [MemberData(nameof(Pages.Hard), MemberType = typeof(Pages))]
    public void No_text_breaks_a_limit_or_gets_out_of_its_place(string text)
    {
        var mail = MimeMessage.Load(new MemoryStream(Written(Of(Pages.Made(text)))));

        Assert.InRange(mail.Subject!.Length, 150, 200);
        Assert.InRange(Encoding.UTF8.GetByteCount(mail.HtmlBody!), 20_000, GmailCutsAt);
        Assert.Contains("+4950 more", mail.TextBody);
        Assert.All([mail.TextBody, mail.HtmlBody, mail.Subject], part => Assert.DoesNotMatch("[\u202A-\u202E\u2066-\u2069\\x00-\\x08\\x1B]", part));
        // Nothing but our own tags.
        Assert.DoesNotMatch("<(?!/?(html|head|meta|title|body|table|tr|td|div|br|a)[ >]|!DOCTYPE html>)", mail.HtmlBody);
        Assert.DoesNotMatch("&(?!amp;|lt;|gt;|quot;|#39;|middot;)", mail.HtmlBody);
    }

    private static MimeMessage Of(Page page) => EmailMessage.Of(page, Settings, Pages.Linked);

    private static byte[] Written(MimeMessage message)
    {
        using var written = new MemoryStream();
        message.WriteTo(FormatOptions.Default, written);
        // As SMTP sends it.
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(written.ToArray()).ReplaceLineEndings("\r\n"));
    }
}
