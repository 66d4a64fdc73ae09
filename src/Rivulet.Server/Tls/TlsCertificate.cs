using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server;

/// <summary>A certificate with its private key, and what a peer may need to believe it.</summary>
/// <param name="Certificate">The certificate; it has its private key.</param>
/// <param name="Intermediates">Certificates of the authorities between it and a root that peers know. May be empty.</param>
public sealed record TlsCertificate(X509Certificate2 Certificate, X509Certificate2Collection Intermediates)
{
    /// <summary>Reads a certificate and its key from files in PEM form. Certificates behind the first one are its intermediates.</summary>
    /// <param name="certificateFile">The certificate, and its intermediates.</param>
    /// <param name="keyFile">Its key: PKCS#8, or the older forms for RSA and elliptic curves. Not encrypted.</param>
    /// <exception cref="NatsServerOptionsException">A file cannot be read, or both do not belong together. No secret is told.</exception>
    public static TlsCertificate Load(string certificateFile, string keyFile)
    {
        ArgumentNullException.ThrowIfNull(certificateFile);
        ArgumentNullException.ThrowIfNull(keyFile);
        string certificates = PemFile.Read(certificateFile);
        string key = PemFile.Read(keyFile);
        var chain = PemFile.Certificates(certificates);
        if (chain.Count == 0)
        {
            throw new NatsServerOptionsException(PemEncoding.TryFind(certificates, out var found)
                ? DescribeOther(certificates.AsSpan()[found.Label])
                : "tls: failed to find any PEM data in certificate input");
        }

        if (!PemEncoding.TryFind(key, out _))
            throw new NatsServerOptionsException("tls: failed to find any PEM data in key input");
        var certificate = WithKey(certificates, key);
        chain.RemoveAt(0);
        return new TlsCertificate(certificate, chain);
    }

    /// <summary>Reads the certificates of authorities from a file in PEM form.</summary>
    /// <exception cref="NatsServerOptionsException">It cannot be read, or there are none in it.</exception>
    public static X509Certificate2Collection LoadAuthorities(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var authorities = PemFile.Certificates(PemFile.Read(file));
        return authorities.Count > 0 ? authorities : throw new NatsServerOptionsException("failed to parse root ca certificate");
    }

    private static string DescribeOther(ReadOnlySpan<char> label)
    {
        return label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)
            ? "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
            : $"tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{label}]";
    }

    private static X509Certificate2 WithKey(string certificates, string key)
    {
        try
        {
            var loaded = X509Certificate2.CreateFromPem(certificates, key);
            if (!OperatingSystem.IsWindows())
                return loaded;

            // Windows takes keys only from its own store, where this puts them for as long as the process needs it.
            using (loaded)
                return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
        }
        catch (ArgumentException e)
        {
            throw new NatsServerOptionsException("tls: private key does not match public key", e);
        }
        catch (CryptographicException e)
        {
            throw new NatsServerOptionsException("tls: failed to parse private key", e);
        }
    }
}
