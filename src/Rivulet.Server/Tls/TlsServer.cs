using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Tls;

/// <summary>What handshakes of one kind of connections share: certificates made ready, and rules for peers. Immutable but for the rate.</summary>
internal sealed class TlsServer
{
    private readonly SslStreamCertificateContext[] _certificates;
    private readonly CipherSuitesPolicy? _cipherSuites;

    /// <summary>Makes the certificates ready.</summary>
    public TlsServer(TlsServerOptions options)
    {
        Options = options;
        _certificates = [.. options.Certificates.Select(Prepare)];
        Rate = options.ConnectionRateLimit > 0 ? new ConnectionRate(options.ConnectionRateLimit) : null;
        if (options.CipherSuites.Count > 0 && !OperatingSystem.IsWindows())
            _cipherSuites = new CipherSuitesPolicy(options.CipherSuites.Union(CipherSuiteNames.OfTls13));
    }

    /// <summary>The settings.</summary>
    public TlsServerOptions Options { get; }

    /// <summary>Limits handshakes; null for no limit.</summary>
    public ConnectionRate? Rate { get; }

    /// <summary>What is made of settings; null of none.</summary>
    public static TlsServer? From(TlsServerOptions? options)
    {
        return options is null ? null : new TlsServer(options);
    }

    /// <summary>Makes the server's side of a handshake.</summary>
    /// <param name="stream">The session that is to be.</param>
    /// <param name="verification">Looks at the certificate of the peer; null to ask for none, whatever the settings.</param>
    /// <exception cref="AuthenticationException">The peer did something that cannot be accepted, or was refused.</exception>
    /// <exception cref="IOException">The peer ended the connection.</exception>
    public Task AuthenticateAsync(SslStream stream, PeerVerification? verification)
    {
        return _certificates.Length == 1
            ? stream.AuthenticateAsServerAsync(OptionsFor(_certificates[0], verification))
            : stream.AuthenticateAsServerAsync(
                (_, hello, _, _) => ValueTask.FromResult(OptionsFor(Choose(hello.ServerName), verification)), null);
    }

    private SslServerAuthenticationOptions OptionsFor(SslStreamCertificateContext certificate, PeerVerification? verification)
    {
        bool wantsCertificate = verification is not null && Options.VerifyClients;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            ClientCertificateRequired = wantsCertificate,
            RemoteCertificateValidationCallback = wantsCertificate ? verification!.Check : null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            EnabledSslProtocols = Options.MinVersion == SslProtocols.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = _cipherSuites,
            AllowRenegotiation = false,

            // Who shows a certificate shows it each time.
            AllowTlsResume = !wantsCertificate,
        };
    }

    private SslStreamCertificateContext Choose(string host)
    {
        if (host.Length > 0)
        {
            foreach (var certificate in _certificates)
            {
                if (certificate.TargetCertificate.MatchesHostname(host))
                    return certificate;
            }
        }

        return _certificates[0];
    }

    // Offline: a server that starts does not go looking for intermediates on the network.
    private static SslStreamCertificateContext Prepare(TlsCertificate certificate)
    {
        return SslStreamCertificateContext.Create(certificate.Certificate, certificate.Intermediates, offline: true);
    }
}
