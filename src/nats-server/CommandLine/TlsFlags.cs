using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Host.CommandLine;

/// <summary>What the flags say about TLS. Any of them turns it on, and takes the place of all that the file says about it.</summary>
internal sealed record TlsFlags
{
    /// <summary>Whether TLS is on; null if it was not said.</summary>
    public bool? Enabled { get; init; }

    /// <summary>The file with the certificate; null if it was not said.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The file with its key; null if it was not said.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The file with the authorities of clients; null if it was not said.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Whether clients must show a certificate; null if it was not said.</summary>
    public bool? Verify { get; init; }

    /// <summary>Puts them over the settings of a server.</summary>
    /// <exception cref="ServerProgramException">The certificate is not there, or cannot be used.</exception>
    public NatsServerOptions ApplyTo(NatsServerOptions options)
    {
        if (Enabled == false)
            return options with { Tls = null };
        if (this == new TlsFlags())
            return options;
        if (string.IsNullOrEmpty(CertificateFile))
            throw new ServerProgramException("TLS Server certificate must be present and valid");
        if (string.IsNullOrEmpty(KeyFile))
            throw new ServerProgramException("TLS Server private key must be present and valid");
        return options with
        {
            Tls = new TlsServerOptions
            {
                Certificates = [LoadCertificate()],
                Authorities = string.IsNullOrEmpty(AuthorityFile) ? null : LoadAuthorities(),
                VerifyClients = Verify == true,
            },
        };
    }

    private TlsCertificate LoadCertificate()
    {
        try
        {
            return TlsCertificate.Load(CertificateFile!, KeyFile!);
        }
        catch (NatsServerOptionsException e)
        {
            throw new ServerProgramException($"error parsing X509 certificate/key pair: {e.Message}", e);
        }
    }

    private X509Certificate2Collection LoadAuthorities()
    {
        try
        {
            return TlsCertificate.LoadAuthorities(AuthorityFile!);
        }
        catch (NatsServerOptionsException e)
        {
            throw new ServerProgramException(e.Message, e);
        }
    }
}
