using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Security;

/// <summary>TLS of the connections that tokens of accounts are fetched over (<c>resolver_tls</c>).</summary>
public sealed record AccountResolverTls
{
    /// <summary>The authorities that the certificate of the other side may be from; null for those of the operating system.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The certificate to show there; null for none.</summary>
    public TlsCertificate? Certificate { get; init; }

    /// <summary>Whether any certificate will do (<c>insecure</c>). Tokens are verified all the same, but anybody may keep them back.</summary>
    public bool AcceptsAny { get; init; }
}
