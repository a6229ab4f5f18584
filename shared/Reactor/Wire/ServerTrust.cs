using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sophia.Keda.Reactor.Wire;

/// <summary>Whether to believe a server that it is the one.</summary>
internal static class ServerTrust
{
    /// <summary>Why not; null when it is to be trusted. With a CA file its authorities count and no others.</summary>
    public static string? Distrust(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, string? caFile)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)) return "it shows no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return $"its certificate ({certificate.Subject}) is of another host";
        try
        {
            return caFile is null
                ? OfTheMachine(chain, errors)
                : OfFile(certificate, chain, caFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"the CA file {caFile} can't be read: {exception.Message}";
        }
    }

    private static string? OfTheMachine(X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None ? null : Words(chain, "this machine");

    private static string? OfFile(X509Certificate certificate, X509Chain? shown, string caFile)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        // Private authorities seldom publish what they revoked.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(caFile);
        foreach (var element in shown?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var subject = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(subject) ? null : Words(chain, caFile);
    }

    private static string Words(X509Chain? chain, string by) =>
        $"its certificate is not trusted by {by} ({string.Join(", ", chain?.ChainStatus.Select(status => status.Status.ToString()) ?? [])})";
}
