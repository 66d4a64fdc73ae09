using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server;

/// <summary>Files with certificates in PEM form. Complaints are in the reference server's words.</summary>
internal static class PemFile
{
    /// <summary>The text of a file.</summary>
    /// <exception cref="NatsServerOptionsException">It cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NatsServerOptionsException($"open {path}: no such file or directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            string reason = Directory.Exists(path) ? "is a directory" : "permission denied";
            throw new NatsServerOptionsException($"open {path}: {reason}", e);
        }
        catch (IOException e)
        {
            throw new NatsServerOptionsException($"open {path}: {e.Message}", e);
        }
    }

    /// <summary>The certificates in a text, in their order; other things in it are passed over.</summary>
    /// <exception cref="NatsServerOptionsException">One of them cannot be read.</exception>
    public static X509Certificate2Collection Certificates(string text)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
            return certificates;
        }
        catch (CryptographicException e)
        {
            throw new NatsServerOptionsException("x509: malformed certificate", e);
        }
    }
}
