using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Tls;

/// <summary>SHA-256 of certificates, as 64 lower-case hexadecimal digits.</summary>
internal static class Fingerprint
{
    /// <summary>Of all of it.</summary>
    public static string Of(X509Certificate2 certificate)
    {
        return Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
    }

    /// <summary>Of its public key: the DER encoding of its SubjectPublicKeyInfo.</summary>
    public static string OfKey(X509Certificate2 certificate)
    {
        return Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }
}
