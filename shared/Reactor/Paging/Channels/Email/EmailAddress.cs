using MimeKit;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>Addresses of settings.</summary>
internal static class EmailAddress
{
    public const string Expected = "an address such as keda@example.org or Keda <keda@example.org>, in ASCII";

    /// <summary>Null when it is none. ASCII, since not every server takes others (SMTPUTF8); the name before it may be anything.</summary>
    public static MailboxAddress? TryParse(string text) =>
        !Wire.Text.HasControl(text)
        && MailboxAddress.TryParse(text, out var address)
        && address.Address.Length <= 254
        && address.Address.All(char.IsAscii)
        && address.Address.Split('@') is [{ Length: > 0 }, { Length: > 0 }]
            ? address
            : null;
}
