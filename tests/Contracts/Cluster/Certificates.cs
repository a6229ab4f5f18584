using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>A certificate authority of a test's own, and what it vouches for.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly DateTimeOffset from = TimeProvider.System.GetUtcNow().AddDays(-1);
    private readonly ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private byte serial = 1;

    public Certificates()
    {
        var request = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Authority = request.CreateSelfSigned(from, from.AddDays(2));
    }

    public X509Certificate2 Authority { get; }

    public string AuthorityPem => Authority.ExportCertificatePem();

    /// <summary>For this machine.</summary>
    public X509Certificate2 Server() => Sign("CN=api", names => names.AddIpAddress(IPAddress.Loopback));

    /// <summary>For a host of another name.</summary>
    public X509Certificate2 ServerElsewhere() => Sign("CN=some-pod", names => names.AddDnsName("some-pod.default.svc"));

    public X509Certificate2 Client(string name) => Sign($"CN={name}", names => names.AddDnsName(name));

    public void Dispose()
    {
        authorityKey.Dispose();
        Authority.Dispose();
    }

    private X509Certificate2 Sign(string subject, Action<SubjectAlternativeNameBuilder> name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(Authority, from, from.AddDays(2), [1, 2, 3, serial++]);
        return signed.CopyWithPrivateKey(key);
    }
}
