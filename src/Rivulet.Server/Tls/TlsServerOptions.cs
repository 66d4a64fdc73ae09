using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server;

/// <summary>TLS of one kind of connections: the <c>tls</c> block of the configuration.</summary>
public sealed record TlsServerOptions
{
    /// <summary>
    /// The certificates that the server shows. A client that names a host gets the first one that is for it, others the first.
    /// </summary>
    public IReadOnlyList<TlsCertificate> Certificates { get; init; } = [];

    /// <summary>
    /// The authorities whose certificates clients may show (<c>ca_file</c>); null for those of the operating system. Only with
    /// <see cref="VerifyClients"/>.
    /// </summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Whether clients must show a certificate (<c>verify</c>).</summary>
    public bool VerifyClients { get; init; }

    /// <summary>Whether a client's certificate says which user it is (<c>verify_and_map</c>). Needs <see cref="VerifyClients"/>.</summary>
    public bool MapClients { get; init; }

    /// <summary>Time for the handshake.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the handshake comes before INFO (<c>handshake_first</c>). Clients that wait for INFO cannot connect then.</summary>
    public bool HandshakeFirst { get; init; }

    /// <summary>
    /// With <see cref="HandshakeFirst"/>: how long a client may take to begin the handshake before it is sent INFO after all; zero
    /// for never.
    /// </summary>
    public TimeSpan HandshakeFirstFallback { get; init; }

    /// <summary>The lowest version (<c>min_version</c>): <see cref="SslProtocols.Tls12"/> or <see cref="SslProtocols.Tls13"/>.</summary>
    public SslProtocols MinVersion { get; init; } = SslProtocols.Tls12;

    /// <summary>The cipher suites of TLS 1.2 that are allowed; empty for what the operating system allows. Not on Windows.</summary>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; } = [];

    /// <summary>
    /// SHA-256 of the public keys that clients may have (<c>pinned_certs</c>): 64 lower-case hexadecimal digits each, of the DER encoding
    /// of the certificate's SubjectPublicKeyInfo. Empty for any.
    /// </summary>
    public IReadOnlySet<string> PinnedCertificates { get; init; } = new HashSet<string>();

    /// <summary>Handshakes in a second above which connections are turned away (<c>connection_rate_limit</c>); 0 for no limit.</summary>
    public long ConnectionRateLimit { get; init; }

    /// <summary>Throws if a setting makes no sense.</summary>
    /// <exception cref="NatsServerOptionsException">Says which one, and why.</exception>
    internal void Validate()
    {
        NatsServerOptions.Require(Certificates.Count > 0, "TLS needs a certificate");
        NatsServerOptions.Require(
            Timeout > TimeSpan.Zero && Timeout.TotalMilliseconds < int.MaxValue, $"tls timeout must be above zero and below 24 days, not {Timeout}");
        NatsServerOptions.Require(MinVersion is SslProtocols.Tls12 or SslProtocols.Tls13, $"unsupported TLS version: {MinVersion}");
        NatsServerOptions.Require(
            CipherSuites.Count == 0 || !OperatingSystem.IsWindows(), "cipher_suites cannot be chosen on Windows, where the system's settings count");
        string? unlikely = PinnedCertificates.FirstOrDefault(pin => !IsPin(pin));
        NatsServerOptions.Require(
            unlikely is null,
            $"error parsing 'pinned_certs' key {unlikely} does not look like lower case hex-encoded sha256 of DER encoded SubjectPublicKeyInfo");
    }

    /// <summary>Whether both make the same of a connection.</summary>
    internal static bool AreSame(TlsServerOptions? one, TlsServerOptions? other)
    {
        if (one is null || other is null)
            return one is null && other is null;
        return one.Certificates.Select(certificate => certificate.Certificate.Thumbprint)
                .SequenceEqual(other.Certificates.Select(certificate => certificate.Certificate.Thumbprint))
            && Thumbprints(one.Authorities).SequenceEqual(Thumbprints(other.Authorities))
            && (one.VerifyClients, one.MapClients, one.MinVersion) == (other.VerifyClients, other.MapClients, other.MinVersion)
            && one.CipherSuites.SequenceEqual(other.CipherSuites);
    }

    /// <summary>Whether the text is a hexadecimal SHA-256 in lower case.</summary>
    internal static bool IsPin(string text)
    {
        return text.Length == 64 && text.All(char.IsAsciiHexDigit) && !text.Any(char.IsAsciiLetterUpper);
    }

    private static IEnumerable<string> Thumbprints(X509Certificate2Collection? certificates)
    {
        return certificates?.Select(certificate => certificate.Thumbprint) ?? [];
    }
}
