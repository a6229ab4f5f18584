using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>
/// What a server asks for that refuses to go on: encryption, or a password. By the status and the enhanced code (RFC 3207, RFC 4954, RFC 5248),
/// and by the words, since one code means both: 530 5.7.0 is "Must issue a STARTTLS command first" here and "Authentication required" there.
/// </summary>
internal static partial class SmtpPolicy
{
    private const int EncryptionForMechanism = 538;
    private const int AuthenticationRequired = 530;

    /// <summary>Which settings would do what this refusal asks for; null when none would.</summary>
    /// <param name="status">Of the reply.</param>
    /// <param name="words">The reply's text, with its enhanced code if it has one.</param>
    /// <param name="settings">As they are.</param>
    public static string? Advice(int status, string words, EmailSettings settings) =>
        status < 400 ? null
        : settings.Tls == EmailTls.None && (status == EncryptionForMechanism || WantsEncryption().IsMatch(words)) ? "set Pages:Email:Tls=starttls"
        : settings.User is null && (status == AuthenticationRequired || WantsPassword().IsMatch(words)) ? "set Pages:Email:User and Pages:Email:Password"
        : null;

    /// <summary>The reply as it came, and the advice.</summary>
    public static string Told(int status, string words, EmailSettings settings) =>
        $"{status} {words}{(Advice(status, words, settings) is { } advice ? $": {advice}" : "")}";

    // 5.7.10 "Encryption needed", 5.7.11 "Encryption required for requested authentication mechanism"; Exchange says 451 5.7.3 "STARTTLS is required to send mail".
    [GeneratedRegex(@"\b([45]\.7\.1[01]|STARTTLS|TLS|SSL|encrypt(ed|ion)?)\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex WantsEncryption();

    // 5.7.57 is Exchange's "Client was not authenticated". An unauthenticated domain (SPF, DKIM: Gmail's 5.7.26) is nothing that a password mends.
    [GeneratedRegex(
        @"\b(5\.7\.57|authentication (is )?required|requires? authentication|not authenticated|authenticate first|must (first )?authenticate|AUTH first)\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex WantsPassword();
}
