namespace Rivulet.Server.Host.CommandLine;

/// <summary>The help about TLS.</summary>
internal static class TlsUsage
{
    /// <summary>The text that <c>--help_tls</c> prints.</summary>
    public const string Text = """

        TLS is set up in the block tls of the configuration file, for WebSocket clients in the block tls within websocket:

            tls {
                cert_file: "server-cert.pem"     # the certificate, and its intermediates behind it
                key_file:  "server-key.pem"
                ca_file:   "ca.pem"              # authorities of clients' certificates
                verify:    true                  # demand them
                timeout:   "2s"                  # for the handshake
                min_version: "1.2"               # or "1.3"
                handshake_first: false           # true, "auto", or how long to wait for it
                pinned_certs: [ ... ]            # SHA-256 of the public keys that clients may have
                cipher_suites: [ ... ]           # of TLS 1.2, by their IANA names
                certs: [ { cert_file: ..., key_file: ... } ]   # several, chosen by the name that the client asks for
            }

        Beside the block, allow_non_tls: true lets clients without TLS in as well.

        """;
}
