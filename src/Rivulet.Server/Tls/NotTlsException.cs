namespace Rivulet.Server.Tls;

/// <summary>The peer's first bytes are no TLS handshake.</summary>
internal sealed class NotTlsException() : IOException("tls: first record does not look like a TLS handshake");
