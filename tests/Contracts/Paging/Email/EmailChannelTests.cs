using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Email;

/// <summary>Mail against a real server.</summary>
public sealed class EmailChannelTests
{
    private const string Ana = "ana@example.org";
    private const string Ben = "ben@example.org";
    private const string Cem = "cem@example.org";

    [TheoryWithProgram(MailServer.Program)]
    [InlineData(EmailTls.StartTls, true)]
    [InlineData(EmailTls.Implicit, true)]
    [InlineData(EmailTls.None, false)]
    public async Task One_mail_reaches_every_recipient_by_each_way(EmailTls tls, bool encrypted)
    {
        await using var server = await MailServer.StartAsync(tls);

        var result = await Channel(server, tls).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(SendStatus.Delivered, result.Status);
        var mail = Assert.Single(await server.TakenAsync(1));
        Assert.Equal((encrypted, "keda@example.org"), (mail.Encrypted, mail.Sender));
        Assert.Equal([Ana, Ben, Cem], mail.To);
        Assert.Equal("[prod] CRITICAL: KEDA's operator is down: 12 workloads moved to CPU scaling", mail.Message.Subject);
        Assert.Contains("Its lease was not renewed for 2 min <keda & co>.", mail.Text);
        Assert.Contains("Its lease was not renewed for 2 min &lt;keda &amp; co&gt;.", mail.Html);
    }

    [TheoryWithProgram(MailServer.Program)]
    [InlineData(EmailTls.StartTls)]
    [InlineData(EmailTls.Implicit)]
    public async Task A_server_of_another_authority_or_another_name_gets_nothing(EmailTls tls)
    {
        await using var server = await MailServer.StartAsync(tls);
        await using var elsewhere = await MailServer.StartAsync(tls, elsewhere: true);

        var stranger = await new EmailChannel(Settings(server, tls) with { CaFile = null }, TimeProvider.System).SendAsync(Pages.Full, CancellationToken.None);
        var other = await new EmailChannel(Settings(server, tls) with { CaFile = elsewhere.CaFile }, TimeProvider.System).SendAsync(Pages.Full, CancellationToken.None);
        var misnamed = await Channel(elsewhere, tls).SendAsync(Pages.Full, CancellationToken.None);

        Assert.All([stranger, other, misnamed], result => Assert.Equal(SendStatus.Retry, result.Status));
        Assert.Contains("127.0.0.1 is not trusted: its certificate is not trusted by this machine", stranger.Detail);
        Assert.Contains("127.0.0.1 is not trusted: its certificate is not trusted by", other.Detail);
        Assert.Contains("is of another host", misnamed.Detail);
        Assert.Empty(server.Taken.Concat(elsewhere.Taken));
    }

    [FactWithProgram(MailServer.Program)]
    public async Task The_password_is_shown_encrypted_only_and_a_new_one_counts_for_the_next_page()
    {
        await using var server = await MailServer.StartAsync(EmailTls.StartTls, more: new JsonObject { ["users"] = new JsonObject { ["keda"] = "the,new password" } });
        var now = new SecretPair(new Secret("the-old-password"));
        var settings = Settings(server, EmailTls.StartTls) with { User = "keda", Password = new LiveSecret(() => now) };
        var channel = new EmailChannel(settings, TimeProvider.System);

        var (wrong, before) = (await channel.SendAsync(Pages.Full, CancellationToken.None), channel.Credential);
        now = new SecretPair(new Secret("the,new password"));
        var right = await channel.SendAsync(Pages.Full, CancellationToken.None);
        var none = await Channel(server, EmailTls.StartTls).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Delivered, "keda", true), (right.Status, Assert.Single(await server.TakenAsync(1)).User, server.Taken.First().Encrypted));
        Assert.Equal((SendStatus.Refused, false), (wrong.Status, channel.Credential!.Equals(before)));
        Assert.Contains("refuses the password: 535", wrong.Detail);
        Assert.Equal((SendStatus.Retry, "127.0.0.1 answered 530 5.7.0 Authentication required: set Pages:Email:User and Pages:Email:Password"), (none.Status, none.Detail));
        Assert.All([wrong.Detail, settings.ToString()], text => Assert.DoesNotContain("the-old-password", text));
    }

    [FactWithProgram(MailServer.Program)]
    public async Task One_refused_recipient_is_named_and_the_others_have_their_page()
    {
        await using var server = await MailServer.StartAsync(more: Answers((Ben, ["550 5.1.1 no such user"])));

        var result = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(SendStatus.Delivered, result.Status);
        Assert.EndsWith("; ben@example.org was refused with 550 5.1.1 no such user", result.Detail);
        Assert.Equal([Ana, Cem], Assert.Single(await server.TakenAsync(1)).To);
    }

    [FactWithProgram(MailServer.Program)]
    public async Task When_all_are_refused_for_good_the_page_is_given_up_and_when_one_may_pass_it_is_not()
    {
        await using var server = await MailServer.StartAsync(more: Answers((Ana, ["550 no"]), (Ben, ["551 no", "450 later"]), (Cem, ["553 no"])));

        var dead = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);
        var later = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(SendStatus.Final, dead.Status);
        Assert.Contains("every recipient was refused; ana@example.org was refused with 550 no", dead.Detail);
        Assert.Equal(SendStatus.Retry, later.Status);
        Assert.Empty(server.Taken);
    }

    [FactWithProgram(MailServer.Program)]
    public async Task A_recipient_that_has_to_wait_gets_it_later_and_the_others_once()
    {
        await using var server = await MailServer.StartAsync(more: Answers((Ben, ["450 4.2.0 greylisted", "450 4.2.0 greylisted", "250 OK"])));
        var channel = new EmailChannel(Settings(server), new ManualTime(Pages.Noon));

        var first = await channel.SendAsync(Pages.Full, CancellationToken.None);
        var second = await channel.SendAsync(Pages.Full, CancellationToken.None);
        var third = await channel.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Retry, "taken for 2 of 3 recipients; ben@example.org was refused with 450 4.2.0 greylisted"), (first.Status, first.Detail));
        Assert.Equal([SendStatus.Retry, SendStatus.Delivered], [second.Status, third.Status]);
        Assert.Equal([$"{Ana} {Cem}", Ben], (await server.TakenAsync(2)).Select(mail => string.Join(' ', mail.To)));
        Assert.Equal(server.Taken.First().Message.MessageId, server.Taken.Last().Message.MessageId);
    }

    [FactWithProgram(MailServer.Program)]
    public async Task Nobody_waits_for_one_full_mailbox_for_ever()
    {
        await using var server = await MailServer.StartAsync(more: Answers((Ben, ["452 4.2.2 mailbox full"])));
        var time = new ManualTime(Pages.Noon);
        var channel = new EmailChannel(Settings(server), time);

        time.Advance(TimeSpan.FromMinutes(4.9));
        var first = await channel.SendAsync(Pages.Full, CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(0.1));
        var last = await channel.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal([SendStatus.Retry, SendStatus.Delivered], [first.Status, last.Status]);
        Assert.Contains("ben@example.org was refused with 452", last.Detail);
        Assert.Single(await server.TakenAsync(1));
    }

    [TheoryWithProgram(MailServer.Program)]
    [InlineData("451 4.3.0 try later", SendStatus.Retry)]
    [InlineData("421 4.3.2 going down", SendStatus.Retry)]
    [InlineData("554 5.7.1 looks like spam", SendStatus.Final)]
    [InlineData("552 5.3.4 too large", SendStatus.Final)]
    public async Task A_mail_that_is_refused_may_pass_later_or_never(string answer, SendStatus expected)
    {
        await using var server = await MailServer.StartAsync(more: new JsonObject { ["data"] = answer });

        var result = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(expected, result.Status);
        Assert.StartsWith(answer[..3], result.Detail);
        Assert.Empty(server.Taken);
    }

    [FactWithProgram(MailServer.Program)]
    public async Task The_worst_text_arrives_whole_and_in_its_place()
    {
        await using var server = await MailServer.StartAsync();
        var hard = "x\r\nBcc: victim@example.org\r\n\r\n.\r\n<script>alert(1)</script> 🚨 \u202Eevil שלום";

        var result = await Channel(server).SendAsync(Pages.Made(hard) with { Id = hard }, CancellationToken.None);

        Assert.Equal(SendStatus.Delivered, result.Status);
        var mail = Assert.Single(await server.TakenAsync(1));
        Assert.Equal([Ana, Ben, Cem], mail.To);
        Assert.Empty(mail.Message.Bcc);
        Assert.Contains("\n.\n", mail.Text.Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt; 🚨 evil שלום", mail.Html);
        Assert.DoesNotContain("<script", mail.Html);
    }

    private static JsonObject Answers(params (string To, string[] Said)[] answers) => new()
    {
        ["answers"] = new JsonObject(answers.Select(one => KeyValuePair.Create(one.To, (JsonNode?)new JsonArray([.. one.Said.Select(said => (JsonNode)said)])))),
    };

    private static EmailSettings Settings(MailServer server, EmailTls tls = EmailTls.None) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Tls = tls,
        From = "KEDA <keda@example.org>",
        To = [Ana, $"Ben Ö <{Ben}>", Cem],
        CaFile = tls == EmailTls.None ? null : server.CaFile,
    };

    private static EmailChannel Channel(MailServer server, EmailTls tls = EmailTls.None) => new(Settings(server, tls), TimeProvider.System);
}
