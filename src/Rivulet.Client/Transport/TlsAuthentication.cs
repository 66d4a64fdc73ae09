using System.Net.Security;
using System.Security.Authentication;

namespace Rivulet.Client.Transport;

/// <summary>The client's side of handshakes.</summary>
internal static class TlsAuthentication
{
    private const string CertificatePrefix = "The remote certificate ";

    /// <summary>
    /// The settings for one server: those of the caller, which stay as they are, with the host filled in. The next server of the list may
    /// have another name.
    /// </summary>
    public static SslClientAuthenticationOptions For(NatsTlsOptions? options, string host)
    {
        if (options?.Authentication is not { } given)
            return new SslClientAuthenticationOptions { TargetHost = host };
        return new SslClientAuthenticationOptions
        {
            TargetHost = given.TargetHost ?? host,
            AllowRenegotiation = given.AllowRenegotiation,
            AllowTlsResume = given.AllowTlsResume,
            ApplicationProtocols = given.ApplicationProtocols,
            CertificateChainPolicy = given.CertificateChainPolicy,
            CertificateRevocationCheckMode = given.CertificateRevocationCheckMode,
            CipherSuitesPolicy = given.CipherSuitesPolicy,
            ClientCertificateContext = given.ClientCertificateContext,
            ClientCertificates = given.ClientCertificates,
            EnabledSslProtocols = given.EnabledSslProtocols,
            EncryptionPolicy = given.EncryptionPolicy,
            LocalCertificateSelectionCallback = given.LocalCertificateSelectionCallback,
            RemoteCertificateValidationCallback = given.RemoteCertificateValidationCallback,
        };
    }

    /// <summary>What went wrong, in a line.</summary>
    public static string Describe(AuthenticationException failure)
    {
        Exception cause = failure;
        while (cause.InnerException is { } inner)
            cause = inner;
        return cause.Message.StartsWith(CertificatePrefix, StringComparison.Ordinal)
            ? $"tls: failed to verify certificate: {cause.Message}"
            : $"tls: {cause.Message}";
    }
}
