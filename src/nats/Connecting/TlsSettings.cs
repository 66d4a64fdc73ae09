using Rivulet.Client;

namespace Rivulet.Cli.Connecting;

/// <summary>How to use TLS, as flags, environment and the selected context say it.</summary>
internal static class TlsSettings
{
    /// <summary>The settings; null where nothing is said of TLS.</summary>
    /// <exception cref="NatsTlsException">A file cannot be used.</exception>
    /// <exception cref="CliException">A certificate or a key is missing.</exception>
    public static NatsTlsOptions? From(CommandContext context, ContextFile? file)
    {
        var certificate = Path(context.Get(GlobalFlags.TlsCertificate), file?["cert"], context);
        var key = Path(context.Get(GlobalFlags.TlsKey), file?["key"], context);
        var authority = Path(context.Get(GlobalFlags.TlsAuthority), file?["ca"], context);
        var isFirst = context.Get(GlobalFlags.TlsFirst) || context.Get(GlobalFlags.TlsFirstAlias) || file?.IsTrue("tls_first") == true;

        if (certificate is null != key is null)
        {
            throw new CliException("a client certificate and its key are needed together");
        }

        if (certificate is null && authority is null)
        {
            return isFirst ? new NatsTlsOptions { HandshakeFirst = true } : null;
        }

        return NatsTlsOptions.FromFiles(certificate, key, authority) with { HandshakeFirst = isFirst };
    }

    private static string? Path(string? flag, string? member, CommandContext context)
    {
        var path = string.IsNullOrEmpty(flag) ? member : flag;
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        return path.StartsWith("~/", StringComparison.Ordinal) && context.Host.Environment("HOME") is { Length: > 0 } home
            ? System.IO.Path.Combine(home, path[2..])
            : path;
    }
}
