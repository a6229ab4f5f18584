using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Email;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Pages:Email: all of it, or none.</summary>
internal static class EmailReading
{
    private const string Prefix = "Pages:Email:";
    private const string HostName = Prefix + "Host";
    private const string FromName = Prefix + "From";
    private const string ToName = Prefix + "To";
    private const string CaName = Prefix + "CaFile";
    private const int MostRecipients = 50;

    public static EmailSettings? Read(SettingsReader read, SecretSet secrets)
    {
        var (host, from, to) = (read.Text(HostName), read.Text(FromName), read.List(ToName));
        var tls = read.Word(Prefix + "Tls", EmailTls.StartTls);
        var (port, ca) = (read.Number(Prefix + "Port", 1, 65_535, EmailSettings.PortOf(tls)), read.ExistingFile(CaName));
        var (user, password) = (read.Text(Prefix + "User"), secrets[SecretRule.EmailPassword]);
        if (host is null)
        {
            if (from is not null || !to.IsEmpty || ca is not null || user is not null || password is not null)
                read.Fault(HostName, "nothing, and other settings of Pages:Email", "the mail server, or no setting of Pages:Email at all");
            return null;
        }

        CheckHost(read, host, tls);
        CheckAddresses(read, from, to);
        CheckCa(read, ca, tls);
        if (user is null != password is null)
            read.Fault(Prefix + (user is null ? "User" : "Password"), "nothing, and the other one of the two", "User and Password, or neither");
        return new EmailSettings { Host = host, Port = port, Tls = tls, User = user, Password = password, From = from ?? "", To = to, CaFile = ca };
    }

    private static void CheckHost(SettingsReader read, string host, EmailTls tls)
    {
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            read.Fault(HostName, $"\"{Wire.Text.Clean(host, 100)}\"", "the name or address of a mail server, without a port");
        else if (IPAddress.TryParse(host, out var address) && OutboundRules.IsForbidden(address))
            read.Fault(HostName, $"\"{host}\"", "no link-local or metadata address");
        if (tls == EmailTls.None && !OutboundRules.IsLoopback(host))
            read.Fault(Prefix + "Tls", "none, for a server on another machine", "starttls or implicit; none is for a relay on loopback");
    }

    private static void CheckAddresses(SettingsReader read, string? from, ImmutableArray<string> to)
    {
        if (from is null || EmailAddress.TryParse(from) is null)
            read.Fault(FromName, from is null ? "nothing" : $"\"{Wire.Text.Clean(from, 100)}\"", EmailAddress.Expected);
        if (to.IsEmpty || to.Length > MostRecipients)
            read.Fault(ToName, to.IsEmpty ? "nothing" : $"{to.Length} addresses", $"1 to {MostRecipients} addresses, comma separated");
        foreach (var one in to.Where(one => EmailAddress.TryParse(one) is null))
            read.Fault(ToName, $"\"{Wire.Text.Clean(one, 100)}\"", EmailAddress.Expected);
    }

    private static void CheckCa(SettingsReader read, string? ca, EmailTls tls)
    {
        if (ca is null || !File.Exists(ca)) return;
        if (tls == EmailTls.None) read.Fault(CaName, "a file, without TLS", "no such file, or Pages:Email:Tls = starttls or implicit");
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPemFile(ca);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // Said below: it holds none that can be read.
        }

        if (found.Count == 0) read.Fault(CaName, $"\"{ca}\", which holds no certificate", "a PEM file with the authorities to trust");
        foreach (var certificate in found) certificate.Dispose();
    }
}
