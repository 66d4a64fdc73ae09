using System.Net.Security;
using System.Security.Authentication;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>What a <c>tls</c> block says, before the files that it names are read.</summary>
internal sealed record TlsFiles
{
    /// <summary>The settings as far as they are in no file.</summary>
    public TlsServerOptions Options { get; init; } = new();

    /// <summary>The file with the certificate; empty for none.</summary>
    public string CertificateFile { get; init; } = "";

    /// <summary>The file with its key; empty for none.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The file with the authorities of clients; empty for none.</summary>
    public string AuthorityFile { get; init; } = "";

    /// <summary>Several certificates, each with its key.</summary>
    public IReadOnlyList<(string CertificateFile, string KeyFile)> Pairs { get; init; } = [];

    /// <summary>Suites of TLS 1.2, the weak ones included.</summary>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; } = [];

    /// <summary>Whether weak suites are meant.</summary>
    public bool AllowInsecureCipherSuites { get; init; }

    /// <summary>Whether any certificate of the other side will do, where this server is the one that connects.</summary>
    public bool AcceptsAny { get; init; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="NatsServerOptionsException">Says what is wrong, in the reference server's words.</exception>
    public TlsServerOptions Load()
    {
        if (Pairs.Count > 0 && CertificateFile.Length > 0)
            throw new NatsServerOptionsException("error parsing tls config, cannot combine 'cert_file' option with 'certs' option");
        string[] weak = [.. CipherSuites.Intersect(Tls.CipherSuiteNames.Insecure).Select(suite => suite.ToString())];
        if (weak.Length > 0 && !AllowInsecureCipherSuites)
            throw new NatsServerOptionsException($"insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: {string.Join(", ", weak)}");
        if (CertificateFile.Length > 0 && KeyFile.Length == 0)
            throw new NatsServerOptionsException("missing 'key_file' in TLS configuration");
        if (CertificateFile.Length == 0 && KeyFile.Length > 0)
            throw new NatsServerOptionsException("missing 'cert_file' in TLS configuration");
        return Options with
        {
            Certificates = [.. LoadCertificates()],
            Authorities = AuthorityFile.Length > 0 ? TlsCertificate.LoadAuthorities(AuthorityFile) : null,
            CipherSuites = CipherSuites,
        };
    }

    private IEnumerable<TlsCertificate> LoadCertificates()
    {
        if (CertificateFile.Length > 0)
            yield return LoadPair(CertificateFile, KeyFile, "");
        for (int i = 0; i < Pairs.Count; i++)
            yield return LoadPair(Pairs[i].CertificateFile, Pairs[i].KeyFile, $" {i + 1}/{Pairs.Count}");
    }

    private static TlsCertificate LoadPair(string certificateFile, string keyFile, string which)
    {
        try
        {
            return TlsCertificate.Load(certificateFile, keyFile);
        }
        catch (NatsServerOptionsException e)
        {
            throw new NatsServerOptionsException($"error parsing X509 certificate/key pair{which}: {e.Message}", e);
        }
    }

    /// <summary>The version of a text such as <c>1.3</c>.</summary>
    /// <exception cref="NatsServerOptionsException">There is no such version, or it is too old.</exception>
    public static SslProtocols Version(string text)
    {
        return text switch
        {
            "1.2" => SslProtocols.Tls12,
            "1.3" => SslProtocols.Tls13,
            "1.0" or "1.1" => throw new NatsServerOptionsException($"unsupported TLS version: TLS {text}"),
            _ => throw new NatsServerOptionsException($"unknown version: {text}"),
        };
    }
}
