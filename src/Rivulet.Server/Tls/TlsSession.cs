using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Tls;

/// <summary>What a handshake came to.</summary>
/// <param name="Version">The protocol, such as <c>1.3</c>.</param>
/// <param name="CipherSuite">The IANA name of the suite.</param>
/// <param name="WasFirst">Whether the handshake came before INFO.</param>
/// <param name="PeerCertificates">The certificate that the peer showed, then those that came with it; empty without.</param>
internal sealed record TlsSession(
    string Version, string CipherSuite, bool WasFirst, IReadOnlyList<X509Certificate2> PeerCertificates)
{
    /// <summary>The certificate that the peer showed; null without.</summary>
    public X509Certificate2? PeerCertificate => PeerCertificates is [var certificate, ..] ? certificate : null;

    /// <summary>The session of a stream whose handshake is done.</summary>
    public static TlsSession Of(SslStream stream, bool wasFirst, PeerVerification verification)
    {
        return new TlsSession(
            CipherSuiteNames.VersionOf(stream.SslProtocol), stream.NegotiatedCipherSuite.ToString(), wasFirst, verification.Shown);
    }
}
