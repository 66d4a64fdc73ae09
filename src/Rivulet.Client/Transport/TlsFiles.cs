using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Client.Transport;

/// <summary>Certificates and keys from files in PEM form. No secret is told in an error.</summary>
internal static class TlsFiles
{
    /// <summary>Our certificate with its key and intermediates.</summary>
    /// <exception cref="NatsTlsException">A file cannot be read, or both do not belong together.</exception>
    public static SslStreamCertificateContext ClientCertificate(string certificateFile, string keyFile)
    {
        try
        {
            string certificates = File.ReadAllText(certificateFile);
            X509Certificate2Collection chain = [];
            chain.ImportFromPem(certificates);
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificates, File.ReadAllText(keyFile));
            if (OperatingSystem.IsWindows())
                certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
            return SslStreamCertificateContext.Create(certificate, [.. chain.Skip(1)], offline: true);
        }
        catch (Exception failure) when (IsFileFailure(failure))
        {
            throw new NatsTlsException($"error loading client certificate: {failure.Message}", failure);
        }
    }

    /// <summary>Trust in the authorities of a file, and in no others.</summary>
    /// <exception cref="NatsTlsException">The file cannot be read, or has none in it.</exception>
    public static X509ChainPolicy TrustOnly(string authorityFile)
    {
        X509Certificate2Collection authorities = [];
        try
        {
            authorities.ImportFromPem(File.ReadAllText(authorityFile));
        }
        catch (Exception failure) when (IsFileFailure(failure))
        {
            throw new NatsTlsException($"error loading or parsing rootCA file: {failure.Message}", failure);
        }

        if (authorities.Count == 0)
            throw new NatsTlsException($"error loading or parsing rootCA file: failed to parse root certificate from \"{authorityFile}\"", null);
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static bool IsFileFailure(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
