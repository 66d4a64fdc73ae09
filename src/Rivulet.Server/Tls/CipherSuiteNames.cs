using System.Net.Security;
using System.Security.Authentication;

namespace Rivulet.Server.Tls;

/// <summary>The cipher suites and curves that configurations may name.</summary>
internal static class CipherSuiteNames
{
    /// <summary>The suites of TLS 1.3, which are always allowed.</summary>
    public static IReadOnlyList<TlsCipherSuite> OfTls13 { get; } =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>Suites of TLS 1.2 that nothing speaks against.</summary>
    public static IReadOnlyList<TlsCipherSuite> Usual { get; } =
    [
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    ];

    /// <summary>Suites that are weak, and have to be allowed as such.</summary>
    public static IReadOnlyList<TlsCipherSuite> Insecure { get; } =
    [
        TlsCipherSuite.TLS_RSA_WITH_RC4_128_SHA, TlsCipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_RC4_128_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    ];

    /// <summary>Curves that configurations may name.</summary>
    public static IReadOnlyList<string> Curves { get; } = ["CurveP256", "CurveP384", "CurveP521", "X25519", "X25519MLKEM768"];

    /// <summary>The suite of a name; false if there is none.</summary>
    public static bool TryFind(string name, out TlsCipherSuite suite)
    {
        return Enum.TryParse(name, out suite)
            && suite.ToString() == name
            && (OfTls13.Contains(suite) || Usual.Contains(suite) || Insecure.Contains(suite));
    }

    /// <summary>The number of a protocol version, such as <c>1.3</c>.</summary>
    public static string VersionOf(SslProtocols protocol)
    {
        return protocol switch
        {
            SslProtocols.Tls12 => "1.2",
            SslProtocols.Tls13 => "1.3",
            _ => $"Unknown [{(int)protocol:x}]",
        };
    }
}
