using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rivulet.Server;
using Rivulet.TestKit.Processes;

namespace Rivulet.TestKit.Security;

/// <summary>A certificate authority that lives as long as a test, and the certificates that it issues.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Makes an authority.</summary>
    public TestAuthority(string name = "Test Authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        Certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    /// <summary>The authority's certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What peers trust who trust this authority only.</summary>
    public X509Certificate2Collection Trust => [X509CertificateLoader.LoadCertificate(Certificate.RawData)];

    /// <summary>A certificate for a server on this machine: for localhost, 127.0.0.1 and the given names.</summary>
    public X509Certificate2 IssueServer(params string[] names)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        if (names.Length == 0)
        {
            alternative.AddDnsName("localhost");
            alternative.AddIpAddress(IPAddress.Loopback);
        }

        foreach (string name in names)
            alternative.AddDnsName(name);
        return Issue("CN=server", ServerAuthentication, alternative, TimeSpan.FromDays(20));
    }

    /// <summary>A certificate for a client.</summary>
    /// <param name="subject">Its subject.</param>
    /// <param name="lifetime">How long it is valid from now on; negative for one that has expired.</param>
    /// <param name="names">Other names that it is for.</param>
    public X509Certificate2 IssueClient(
        string subject = "CN=client", TimeSpan? lifetime = null, SubjectAlternativeNameBuilder? names = null)
    {
        return Issue(subject, ClientAuthentication, names, lifetime ?? TimeSpan.FromDays(20));
    }

    /// <summary>TLS settings of a server with a certificate of this authority.</summary>
    public TlsServerOptions ServerOptions()
    {
        return new TlsServerOptions { Certificates = [new TlsCertificate(IssueServer(), [])] };
    }

    /// <summary>Writes the authority's certificate to a file; returns its path.</summary>
    public string WriteTrust(TemporaryFolder folder, string name = "ca")
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = folder.Combine($"{name}.pem");
        File.WriteAllText(path, Certificate.ExportCertificatePem());
        return path;
    }

    /// <summary>Writes a certificate and its key to files <c>name-cert.pem</c> and <c>name-key.pem</c>; returns their paths.</summary>
    public static (string CertificateFile, string KeyFile) Write(X509Certificate2 certificate, TemporaryFolder folder, string name)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(folder);
        var files = (folder.Combine($"{name}-cert.pem"), folder.Combine($"{name}-key.pem"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
    }

    private X509Certificate2 Issue(string subject, string usage, SubjectAlternativeNameBuilder? names, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (names is not null)
            request.CertificateExtensions.Add(names.Build());
        var end = DateTimeOffset.UtcNow + lifetime;
        var start = lifetime > TimeSpan.Zero ? DateTimeOffset.UtcNow.AddHours(-1) : end.AddHours(-1);
        using var certificate = request.Create(Certificate, start, end, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
