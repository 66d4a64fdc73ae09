using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Tls;

/// <summary>Looks at the certificate that one peer shows, and remembers it or what is wrong with it.</summary>
/// <param name="options">Whose certificates are accepted.</param>
/// <param name="time">The clock for how long they are valid.</param>
internal sealed class PeerVerification(TlsServerOptions options, TimeProvider time)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private X509Certificate2[] _chain = [];

    /// <summary>What is wrong, in the reference server's words; null for nothing so far.</summary>
    public string? Complaint { get; private set; }

    /// <summary>The peer's certificate and those that came with it; empty without.</summary>
    public IReadOnlyList<X509Certificate2> Shown => _chain;

    /// <summary>The callback of the handshake.</summary>
    public bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            Complaint = "tls: client didn't provide a certificate";
            return false;
        }

        _chain = [Copy(certificate), .. chain?.ChainPolicy.ExtraStore.Select(Copy) ?? []];
        Complaint = Verify(_chain[0], _chain.AsSpan(1)) ?? CheckPin(_chain[0]);
        return Complaint is null;
    }

    /// <summary>What is wrong with the key of a certificate, if only some are accepted; null for nothing.</summary>
    public string? CheckPin(X509Certificate2? certificate)
    {
        if (options.PinnedCertificates.Count == 0)
            return null;
        return certificate is not null && options.PinnedCertificates.Contains(Fingerprint.OfKey(certificate)) ? null : "certificate not pinned";
    }

    private string? Verify(X509Certificate2 certificate, ReadOnlySpan<X509Certificate2> intermediates)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        chain.ChainPolicy.VerificationTime = time.GetLocalNow().LocalDateTime;
        foreach (var intermediate in intermediates)
            chain.ChainPolicy.ExtraStore.Add(intermediate);
        if (options.Authorities is { } authorities)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (chain.Build(certificate) || IsIssuedByTrustedIntermediate(chain))
            return null;
        return $"tls: failed to verify certificate: {Describe(chain.ChainStatus)} ({certificate.Subject} SHA-256: {Fingerprint.Of(certificate)})";
    }

    // An authority that is itself issued by another one may be trusted without that one.
    private bool IsIssuedByTrustedIntermediate(X509Chain chain)
    {
        if (options.Authorities is not { } authorities || chain.ChainStatus.Any(status => status.Status != X509ChainStatusFlags.PartialChain))
            return false;
        byte[] last = chain.ChainElements[^1].Certificate.RawData;
        return chain.ChainElements.Count > 1 && authorities.Any(authority => authority.RawData.AsSpan().SequenceEqual(last));
    }

    private static string Describe(X509ChainStatus[] statuses)
    {
        var flags = X509ChainStatusFlags.NoError;
        foreach (var status in statuses)
            flags |= status.Status;
        if ((flags & X509ChainStatusFlags.NotTimeValid) != 0)
            return "x509: certificate has expired or is not yet valid";
        if ((flags & X509ChainStatusFlags.NotValidForUsage) != 0)
            return "x509: certificate specifies an incompatible key usage";
        return (flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0
            ? "x509: certificate signed by unknown authority"
            : $"x509: {flags}";
    }

    private static X509Certificate2 Copy(X509Certificate certificate)
    {
        return X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
    }
}
