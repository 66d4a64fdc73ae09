using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Rivulet.Server.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;

namespace Rivulet.Server.Tests.Configuration;

/// <summary>The blocks <c>tls</c> and <c>websocket</c>. Errors are those of nats-server 2.15.1, unless a test says otherwise.</summary>
public sealed class TlsConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("tls-configuration");
    private readonly TestAuthority _authority = new();
    private readonly string _certificate;
    private readonly string _key;
    private readonly string _ca;

    public TlsConfigurationTests()
    {
        using var certificate = _authority.IssueServer();
        (_certificate, _key) = TestAuthority.Write(certificate, _folder, "server");
        _ca = _authority.WriteTrust(_folder);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void All_of_a_block()
    {
        string pin = new('a', 64);
        var tls = LoadTls($$"""
            ca_file: "{{_ca}}", verify_and_map: true, timeout: 0.5, handshake_first: "100ms", min_version: "1.3", connection_rate_limit: 7
            pinned_certs: [ "{{pin.ToUpperInvariant()}}" ], insecure: true
            """);
        Assert.True(Assert.Single(tls.Certificates).Certificate.HasPrivateKey);
        Assert.Equal(_authority.Certificate.Thumbprint, Assert.Single(tls.Authorities!).Thumbprint);
        Assert.True(tls.VerifyClients && tls.MapClients);
        Assert.Equal((TimeSpan.FromSeconds(0.5), true, TimeSpan.FromMilliseconds(100)), (tls.Timeout, tls.HandshakeFirst, tls.HandshakeFirstFallback));
        Assert.Equal((SslProtocols.Tls13, 7L), (tls.MinVersion, tls.ConnectionRateLimit));
        Assert.Equal(pin, Assert.Single(tls.PinnedCertificates));
    }

    [Theory]
    [InlineData("true", true, 0)]
    [InlineData("\"on\"", true, 0)]
    [InlineData("off", false, 0)]
    [InlineData("auto", true, 50)]
    [InlineData("\"1s\"", true, 1000)]
    public void When_the_handshake_comes(string value, bool isFirst, int fallbackMillis)
    {
        var tls = LoadTls($"immediate: {value}");
        Assert.Equal((isFirst, TimeSpan.FromMilliseconds(fallbackMillis)), (tls.HandshakeFirst, tls.HandshakeFirstFallback));
    }

    [Fact]
    public void Suites_are_those_of_tls_1_2_by_name()
    {
        Assert.Equal(
            [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA],
            LoadTls("cipher_suites: [ TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA ], allow_insecure_cipher_suites: true").CipherSuites);
    }

    [Fact]
    public void Several_certificates()
    {
        string text = $$"""tls { certs: [ { cert_file: "{{_certificate}}", key_file: "{{_key}}" }, { cert_file: "{{_certificate}}", key_file: "{{_key}}" } ] }""";
        Assert.Equal(2, Load(text).Server.Tls!.Certificates.Count);
    }

    [Theory]
    [InlineData("cert_file: 5", "error parsing tls config, expected 'cert_file' to be filename")]
    [InlineData("verify: 5", "error parsing tls config, expected 'verify' to be a boolean")]
    [InlineData("bogus: 5", "error parsing tls config, unknown field \"bogus\"")]
    [InlineData("cipher_suites: []", "error parsing tls config, 'cipher_suites' cannot be empty")]
    [InlineData("cipher_suites: [ x ]", "unrecognized cipher x")]
    [InlineData("curve_preferences: []", "error parsing tls config, 'curve_preferences' cannot be empty")]
    [InlineData("curve_preferences: [ x ]", "unrecognized curve preference x")]
    [InlineData("timeout: \"x\"", "error parsing tls config, 'timeout' time: invalid duration \"x\"")]
    [InlineData("timeout: true", "error parsing tls config, 'timeout' wrong type")]
    [InlineData("connection_rate_limit: \"a\"", "error parsing tls config, 'connection_rate_limit' wrong type")]
    [InlineData("pinned_certs: [ zz ]", "error parsing tls config, 'pinned_certs' key zz does not look like hex-encoded sha256 of DER encoded SubjectPublicKeyInfo")]
    [InlineData("pinned_certs: 5", "error parsing tls config, expected 'pinned_certs' to be a list of hex-encoded sha256 of DER encoded SubjectPublicKeyInfo")]
    [InlineData("first: bogus", "field \"first\"'s value \"bogus\" is invalid")]
    [InlineData("first: 5", "field \"first\" should be a boolean or a string, got int64")]
    [InlineData("min_version: \"1.1\"", "error parsing tls config: unsupported TLS version: TLS 1.1")]
    [InlineData("min_version: \"9\"", "error parsing tls config: unknown version: 9")]
    [InlineData("min_version: 1.3", "error parsing tls config: 'min_version' wrong type: 1.3")]
    [InlineData("verify_cert_and_check_known_urls: true", "verify_cert_and_check_known_urls not supported in this context")]
    [InlineData("cert_store: x", "cert store type not implemented")]
    [InlineData("certs: [ { cert_file: a, key_file: b } ]", "error parsing tls config, cannot combine 'cert_file' option with 'certs' option")]
    [InlineData("cipher_suites: [ TLS_RSA_WITH_AES_128_CBC_SHA ]", "insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: TLS_RSA_WITH_AES_128_CBC_SHA")]
    [InlineData("ca_file: \"nope.pem\"", "open nope.pem: no such file or directory")]
    public void What_makes_no_sense_is_told_in_the_references_words(string more, string error)
    {
        Assert.EndsWith($": {error}", Assert.Throws<ServerConfigurationException>(() => LoadTls(more)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("curve_preferences: [ CurveP256 ]", "the operating system's TLS library chooses the curves")]
    [InlineData("cert_match: x", "certificate stores")]
    [InlineData("ocsp_peer: true", "OCSP")]
    public void What_is_not_there_is_named(string more, string feature)
    {
        Assert.EndsWith(
            $"is not supported by this version: {feature}", Assert.Throws<ServerConfigurationException>(() => LoadTls(more)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_used_are_told_without_what_is_in_them()
    {
        using var other = _authority.IssueServer();
        var (_, otherKey) = TestAuthority.Write(other, _folder, "other");
        Fails($"cert_file: \"{_certificate}\"", "missing 'key_file' in TLS configuration");
        Fails($"key_file: \"{_key}\"", "missing 'cert_file' in TLS configuration");
        Fails("cert_file: nope, key_file: nope", "error parsing X509 certificate/key pair: open nope: no such file or directory");
        Fails(Pair(_certificate, otherKey), "error parsing X509 certificate/key pair: tls: private key does not match public key");
        Fails(
            Pair(_key, _certificate),
            "error parsing X509 certificate/key pair: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched");
        string text = _folder.Combine("text");
        File.WriteAllText(text, "no certificate");
        Fails(Pair(text, _key), "error parsing X509 certificate/key pair: tls: failed to find any PEM data in certificate input");
        Fails(Pair(_certificate, text), "error parsing X509 certificate/key pair: tls: failed to find any PEM data in key input");
        Fails($"{Pair(_certificate, _key)}, ca_file: \"{text}\"", "failed to parse root ca certificate");
    }

    [Fact]
    public void A_key_in_the_older_form_for_rsa_can_be_used()
    {
        using var rsa = RSA.Create(2048);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=rsa", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder.Combine("rsa.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Combine("rsa-key.pem"), rsa.ExportRSAPrivateKeyPem());
        string text = $"tls {{ {Pair(_folder.Combine("rsa.pem"), _folder.Combine("rsa-key.pem"))} }}";
        Assert.Equal("CN=rsa", Assert.Single(Load(text).Server.Tls!.Certificates).Certificate.Subject);
    }

    [Fact]
    public void All_of_a_websocket()
    {
        var options = Load($$"""
            websocket {
                listen: "127.0.0.1:8080", advertise: "a:5", no_tls: true, same_origin: true, allowed_origins: [ "https://a", "https://b" ]
                handshake_timeout: "3s", compression: true, user_cookie: u, pass_cookie: p, token_cookie: t, headers { X: y }, ping_interval: "20s"
                tls { {{Pair(_certificate, _key)}} }
            }
            """).Server.WebSocket!;
        Assert.Equal(("127.0.0.1", 8080, "a:5"), (options.Host, options.Port, options.Advertise));
        Assert.True(options.NoTls && options.SameOrigin && options.Compression);
        Assert.Equal(["https://a", "https://b"], options.AllowedOrigins);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20)), (options.HandshakeTimeout, options.PingInterval));
        Assert.Equal(("u", "p", "t"), (options.UserCookie, options.PasswordCookie, options.TokenCookie));
        Assert.Equal("y", options.Headers["X"]);
        Assert.NotNull(options.Tls);
    }

    [Fact]
    public void A_websocket_without_a_port_is_none()
    {
        Assert.Null(Load("ws { no_tls: true }").Server.WebSocket);
    }

    [Theory]
    [InlineData("websocket: 5", "a.conf:1:0: Expected websocket to be a map, got int64")]
    [InlineData("websocket { bogus: 1 }", "a.conf:1:12: unknown field \"bogus\"")]
    [InlineData("websocket { port: a }", "a.conf:1:12: interface conversion: interface {} is string, not int64")]
    [InlineData("websocket { handshake_timeout: \"x\" }", "a.conf:1:12: time: invalid duration \"x\"")]
    [InlineData("websocket { handshake_timeout: true }", "a.conf:1:12: error parsing handshake timeout: unsupported type bool")]
    [InlineData("websocket { headers: 5 }", "a.conf:1:12: error parsing headers: unsupported type int64")]
    [InlineData("websocket { headers { a: 5 } }", "a.conf:1:22: error parsing header key a: unsupported type int64")]
    [InlineData("websocket { allowed_origins: 5 }", "a.conf:1:12: error parsing allowed origins: unsupported type int64")]
    [InlineData("websocket { user_cookie: 5 }", "a.conf:1:12: interface conversion: interface {} is int64, not string")]
    [InlineData("websocket { tls { bogus: 1 } }", "a.conf:1:18: error parsing tls config, unknown field \"bogus\"")]
    public void A_websocket_that_makes_no_sense_is_told_in_the_references_words(string text, string error)
    {
        Assert.Equal(error, Assert.Throws<ServerConfigurationException>(() => Load(text)).Message);
    }

    [Fact]
    public void Secrets_are_not_in_the_text_of_settings()
    {
        var options = Load("websocket { port: 5, authorization { user: sue, password: secret, timeout: 3 } }").Server.WebSocket!;
        Assert.Equal(("sue", "secret", TimeSpan.FromSeconds(3)), (options.UserName, options.Password, options.AuthTimeout));
        Assert.DoesNotContain("secret", options.ToString(), StringComparison.Ordinal);
    }

    private static string Pair(string certificate, string key)
    {
        return $"cert_file: \"{certificate}\", key_file: \"{key}\"";
    }

    private static void Fails(string block, string error)
    {
        var failure = Assert.Throws<ServerConfigurationException>(() => Load($"tls {{ {block} }}"));
        Assert.Equal($"a.conf:1:0: {error}", failure.Message);
    }

    private TlsServerOptions LoadTls(string more)
    {
        return Load($"tls {{ {Pair(_certificate, _key)}\n{more}\n}}").Server.Tls!;
    }

    private static ServerConfiguration Load(string text)
    {
        return ServerConfiguration.Load("a.conf", MemorySource.With(text));
    }
}
