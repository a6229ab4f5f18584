using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels.Email;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Email;

/// <summary>Servers that no well-kept program plays.</summary>
public sealed class OddMailServerTests
{
    private const string Password = "a-password-of-length";

    [Fact]
    public async Task Where_no_STARTTLS_is_offered_nothing_is_said_and_least_of_all_the_password()
    {
        await using var server = new ScriptedMailServer(Polite);

        var result = await Channel(server, EmailTls.StartTls).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Retry, "127.0.0.1 offers no STARTTLS, and nothing is sent unencrypted"), (result.Status, result.Detail));
        Assert.DoesNotContain(server.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal) || line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_STARTTLS_is_offered_and_refused_nothing_is_said_either()
    {
        await using var server = new ScriptedMailServer(word => word switch
        {
            "EHLO" => "250-smtp.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN",
            "STARTTLS" => "454 4.7.0 TLS not available",
            _ => Polite(word),
        });

        var result = await Channel(server, EmailTls.StartTls).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(SendStatus.Retry, result.Status);
        Assert.DoesNotContain(server.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal) || line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("421 4.3.2 not now")]
    [InlineData("554 5.3.2 no service for you")]
    [InlineData("HTTP/1.1 400 Bad Request")]
    [InlineData(null)]
    public async Task A_server_that_does_not_begin_is_tried_again_whatever_it_says(string? greeting)
    {
        await using var server = new ScriptedMailServer(word => word.Length == 0 ? greeting : Polite(word));

        Assert.Equal(SendStatus.Retry, (await Channel(server).SendAsync(Pages.Full, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_hangs_up_in_the_middle_is_tried_again()
    {
        var server = new ScriptedMailServer(word => word == "." ? null : Polite(word));
        var hungUp = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);
        await server.DisposeAsync();
        var gone = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal([SendStatus.Retry, SendStatus.Retry], [hungUp.Status, gone.Status]);
        Assert.Contains("127.0.0.1 broke off", hungUp.Detail);
        Assert.Equal("127.0.0.1 could not be reached (ConnectionRefused)", gone.Detail);
    }

    [Theory]
    [InlineData("")]
    [InlineData("EHLO")]
    [InlineData("MAIL")]
    [InlineData(".")]
    public async Task A_server_that_falls_silent_costs_no_more_than_the_pipeline_s_patience(string at)
    {
        await using var server = new ScriptedMailServer(word => word == at ? ScriptedMailServer.Silence : Polite(word));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Channel(server).SendAsync(Pages.Full, patience.Token));
    }

    [Fact]
    public async Task What_was_taken_is_delivered_even_when_the_farewell_is_not_answered()
    {
        using var patience = new CancellationTokenSource();
        await using var server = new ScriptedMailServer(word =>
        {
            if (word != "QUIT") return Polite(word);
            // The pipeline's patience ends at this very moment.
            patience.Cancel();
            return ScriptedMailServer.Silence;
        });

        Assert.Equal(SendStatus.Delivered, (await Channel(server).SendAsync(Pages.Full, patience.Token)).Status);
    }

    [Fact]
    public async Task The_password_is_secret_whatever_an_answer_holds()
    {
        var (plain, login) = (Base64($"\0keda\0{Password}"), Base64(Password));
        await using var server = new ScriptedMailServer(word => word == "AUTH" ? $"535 5.7.8 {plain} {login} {Password} is wrong" : Polite(word));

        var result = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(SendStatus.Refused, result.Status);
        Assert.Contains("*** *** *** is wrong", result.Detail);
    }

    [Theory]
    [InlineData("MAIL", "530 5.7.0 Must issue a STARTTLS command first", "127.0.0.1 answered 530 5.7.0 Must issue a STARTTLS command first: set Pages:Email:Tls=starttls")]
    [InlineData("RCPT", "530 5.7.0 Must issue a STARTTLS command first", "127.0.0.1 answered 530 5.7.0 Must issue a STARTTLS command first: set Pages:Email:Tls=starttls")]
    [InlineData("MAIL", "451 5.7.3 STARTTLS is required to send mail", "451 5.7.3 STARTTLS is required to send mail: set Pages:Email:Tls=starttls")]
    [InlineData("MAIL", "554 5.7.3 TLS required", "554 5.7.3 TLS required: set Pages:Email:Tls=starttls")]
    [InlineData("MAIL", "550 5.7.10 not like this", "550 5.7.10 not like this: set Pages:Email:Tls=starttls")]
    [InlineData("MAIL", "530 5.7.0 Authentication required", "127.0.0.1 answered 530 5.7.0 Authentication required: set Pages:Email:User and Pages:Email:Password")]
    [InlineData("MAIL", "530 who are you", "127.0.0.1 answered 530 who are you: set Pages:Email:User and Pages:Email:Password")]
    [InlineData("MAIL", "550 5.7.57 Client was not authenticated", "550 5.7.57 Client was not authenticated: set Pages:Email:User and Pages:Email:Password")]
    [InlineData("RCPT", "550 5.7.1 relaying needs: authentication required", "taken for 0 of 1 recipients; ana@example.org was refused with 550 5.7.1 relaying needs: authentication required: set Pages:Email:User and Pages:Email:Password")]
    [InlineData("MAIL", "454 4.7.0 policy service is busy", "454 4.7.0 policy service is busy")]
    public async Task A_relay_that_asks_for_encryption_or_a_password_is_told_in_its_own_words_with_the_setting_that_mends_it(string at, string reply, string told)
    {
        await using var server = new ScriptedMailServer(word => word == at ? reply : Polite(word));

        var result = await Channel(server, user: null).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Retry, told), (result.Status, result.Detail));
    }

    [Theory]
    [InlineData("550 5.7.60 client does not have permissions to send as this sender")]
    [InlineData("550 5.7.26 blocked because the sender is unauthenticated: authenticate with SPF or DKIM")]
    public async Task What_neither_encryption_nor_a_password_mends_is_given_up_in_the_relay_s_words_alone(string reply)
    {
        await using var server = new ScriptedMailServer(word => word == "MAIL" ? reply : Polite(word));

        var result = await Channel(server, user: null).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Final, reply), (result.Status, result.Detail));
    }

    [Theory]
    [InlineData("535 5.7.8 bad credentials", SendStatus.Refused, "127.0.0.1 refuses the password: 535 5.7.8 bad credentials")]
    [InlineData("534 5.7.9 Application-specific password required", SendStatus.Refused, "127.0.0.1 refuses the password: 534 5.7.9 Application-specific password required")]
    [InlineData("525 5.7.13 user account disabled", SendStatus.Refused, "127.0.0.1 refuses the password: 525 5.7.13 user account disabled")]
    [InlineData("535-5.7.8 first line\r\n535 5.7.8 second line", SendStatus.Refused, "127.0.0.1 refuses the password: 535 5.7.8 first line 5.7.8 second line")]
    [InlineData("454 4.7.0 temporary authentication failure", SendStatus.Retry, "127.0.0.1 can't check the password now: 454 4.7.0 temporary authentication failure")]
    [InlineData("432 4.7.12 a password transition is needed", SendStatus.Retry, "127.0.0.1 can't check the password now: 432 4.7.12 a password transition is needed")]
    [InlineData("538 5.7.11 not in the open", SendStatus.Retry, "127.0.0.1 answered 538 5.7.11 not in the open: set Pages:Email:Tls=starttls")]
    [InlineData("530 5.7.0 Must issue a STARTTLS command first", SendStatus.Retry, "127.0.0.1 answered 530 5.7.0 Must issue a STARTTLS command first: set Pages:Email:Tls=starttls")]
    public async Task A_password_that_is_refused_is_told_from_one_that_was_not_looked_at(string reply, SendStatus expected, string told)
    {
        await using var server = new ScriptedMailServer(word => word == "AUTH" ? reply : Polite(word));

        var result = await Channel(server).SendAsync(Pages.Full, CancellationToken.None);
        var check = await Channel(server).CheckAsync(CancellationToken.None);

        Assert.Equal((expected, told, told), (result.Status, result.Detail, check));
    }

    [Theory]
    [InlineData("250-smtp.test\r\n250 STARTTLS", "127.0.0.1 takes a password after STARTTLS only: set Pages:Email:Tls=starttls")]
    [InlineData("250-smtp.test\r\n250 AUTH X-OWN", "127.0.0.1 takes no password, only X-OWN")]
    [InlineData("250 smtp.test", "127.0.0.1 asks for no password, and one is set")]
    public async Task A_server_that_offers_no_way_to_show_a_password_is_told_with_what_it_offers(string offers, string told)
    {
        await using var server = new ScriptedMailServer(word => word == "EHLO" ? offers : Polite(word));

        Assert.Equal((SendStatus.Retry, told), await Channel(server).SendAsync(Pages.Full, CancellationToken.None) is var result ? (result.Status, result.Detail) : default);
    }

    [Fact]
    public async Task STARTTLS_that_is_refused_is_told_in_the_server_s_words_and_nobody_is_sent_to_set_what_is_set()
    {
        await using var server = new ScriptedMailServer(word => word switch
        {
            "EHLO" => "250-smtp.test\r\n250 STARTTLS",
            "STARTTLS" => "454 4.7.0 TLS not available due to temporary reason",
            _ => Polite(word),
        });

        Assert.EndsWith("454 4.7.0 TLS not available due to temporary reason", (await Channel(server, EmailTls.StartTls).SendAsync(Pages.Full, CancellationToken.None)).Detail);
    }

    /// <summary>Takes everything.</summary>
    private static string? Polite(string word) => word switch
    {
        "" => "220 smtp.test",
        "EHLO" => "250-smtp.test\r\n250 AUTH PLAIN LOGIN",
        "AUTH" => "235 2.7.0 welcome",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 2.0.0 OK",
    };

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static EmailChannel Channel(ScriptedMailServer server, EmailTls tls = EmailTls.None, string? user = "keda") => new(
        new EmailSettings { Host = "127.0.0.1", Port = server.Port, Tls = tls, User = user, Password = user is null ? null : Password, From = "keda@example.org", To = ["ana@example.org"] },
        TimeProvider.System);
}
