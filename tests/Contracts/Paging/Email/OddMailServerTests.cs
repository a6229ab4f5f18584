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

        Assert.Equal(SendStatus.Retry, result.Status);
        Assert.Contains("*** *** *** is wrong", result.Detail);
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

    private static EmailChannel Channel(ScriptedMailServer server, EmailTls tls = EmailTls.None) => new(
        new EmailSettings { Host = "127.0.0.1", Port = server.Port, Tls = tls, User = "keda", Password = Password, From = "keda@example.org", To = ["ana@example.org"] },
        TimeProvider.System);
}
