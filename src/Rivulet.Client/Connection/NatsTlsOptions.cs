using System.Net.Security;
using Rivulet.Client.Transport;

namespace Rivulet.Client;

/// <summary>How a connection uses TLS.</summary>
public sealed record NatsTlsOptions
{
    /// <summary>True: refuse a server that offers no TLS. A <c>tls://</c> address does the same.</summary>
    public bool Required { get; init; }

    /// <summary>True: the handshake comes before the server's first line (<c>handshake_first</c> servers).</summary>
    public bool HandshakeFirst { get; init; }

    /// <summary>
    /// Certificates, validation and protocol versions. The target host is filled in from the address if it is null.
    /// Null takes the platform's defaults.
    /// </summary>
    public SslClientAuthenticationOptions? Authentication { get; init; }

    /// <summary>TLS with certificates from files in PEM form. TLS is required then.</summary>
    /// <param name="certificateFile">Our certificate, its intermediates behind it; null to show none.</param>
    /// <param name="keyFile">Its private key; null with a null <paramref name="certificateFile"/> only.</param>
    /// <param name="authorityFile">The authorities that the server's certificate may be from; null for those of the operating system.</param>
    /// <exception cref="NatsTlsException">A file cannot be read, or a key does not belong to its certificate.</exception>
    public static NatsTlsOptions FromFiles(string? certificateFile = null, string? keyFile = null, string? authorityFile = null) => new()
    {
        Required = true,
        Authentication = new SslClientAuthenticationOptions
        {
            ClientCertificateContext = certificateFile is null ? null : TlsFiles.ClientCertificate(certificateFile, keyFile ?? ""),
            CertificateChainPolicy = authorityFile is null ? null : TlsFiles.TrustOnly(authorityFile),
        },
    };
}
