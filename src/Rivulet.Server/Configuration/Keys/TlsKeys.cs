using System.Globalization;
using System.Net.Security;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;
using Rivulet.Server.Tls;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The block <c>tls</c>, at the top and in others, and what stands beside it. The errors are the reference server's.</summary>
internal static class TlsKeys
{
    private const string Prefix = "error parsing tls config, ";
    private static readonly TimeSpan AutoFallback = TimeSpan.FromMilliseconds(50);
    private static readonly KeyTable<TlsFiles> Inner = CreateInner(isClient: false);
    private static readonly KeyTable<TlsFiles> ClientInner = CreateInner(isClient: true);
    private static readonly KeyTable<(string Certificate, string Key)> PairTable =
        new KeyTable<(string Certificate, string Key)>("error parsing tls certs config, unknown field \"{0}\"", isStrict: true)
            .Custom(PairFile((p, v) => (v, p.Key)), "cert_file")
            .Custom(PairFile((p, v) => (p.Certificate, v)), "key_file");

    /// <summary>Names of the keys of the block.</summary>
    public static IEnumerable<string> InnerNames => Inner.Names;

    /// <summary>Names of the keys of one of <c>certs</c>.</summary>
    public static IEnumerable<string> PairNames => PairTable.Names;

    /// <summary>Adds the keys at the top.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        table
            .Custom(
                (settings, entry, problems) => TryRead(entry, problems) is { } tls
                    ? settings with { Server = settings.Server with { Tls = tls } }
                    : settings,
                "tls")
            .Boolean((c, v) => c with { Server = c.Server with { AllowNonTls = v } }, "allow_non_tls");
    }

    /// <summary>Reads a block, and the files that it names; null if something is wrong with it.</summary>
    public static TlsServerOptions? TryRead(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.WrongKind(entry.Position, entry.Value, "map[string]interface {}");
            return null;
        }

        return Read(map, entry, problems, Inner)?.Options;
    }

    /// <summary>Reads a block about connections that this server makes; null if something is wrong with it.</summary>
    public static AccountResolverTls? TryReadClient(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.WrongKind(entry.Position, entry.Value, "map[string]interface {}");
            return null;
        }

        return Read(map, entry, problems, ClientInner) is var (options, acceptsAny)
            ? new AccountResolverTls
            {
                Authorities = options.Authorities,
                Certificate = options.Certificates.Count > 0 ? options.Certificates[0] : null,
                AcceptsAny = acceptsAny,
            }
            : null;
    }

    private static (TlsServerOptions Options, bool AcceptsAny)? Read(ConfigMap map, ConfigEntry entry, ConfigProblems problems, KeyTable<TlsFiles> keys)
    {
        int errors = problems.Errors.Count;
        var files = keys.Apply(map, new TlsFiles(), problems);
        if (problems.Errors.Count > errors)
            return null;
        try
        {
            return (files.Load(), files.AcceptsAny);
        }
        catch (NatsServerOptionsException e)
        {
            problems.Error(entry.Position, e.Message);
            return null;
        }
    }

    private static KeyTable<TlsFiles> CreateInner(bool isClient)
    {
        return new KeyTable<TlsFiles>(Prefix + "unknown field \"{0}\"", isStrict: true)
            .Custom(File((f, v) => f with { CertificateFile = v }), "cert_file")
            .Custom(File((f, v) => f with { KeyFile = v }), "key_file")
            .Custom(File((f, v) => f with { AuthorityFile = v }), "ca_file")
            .Custom(Switch((f, v) => f with { Options = f.Options with { VerifyClients = v || f.Options.MapClients } }), "verify")
            .Custom(
                Switch((f, v) => f with { Options = f.Options with { VerifyClients = v || f.Options.VerifyClients, MapClients = v } }),
                "verify_and_map")
            .Custom(KnownUrls, "verify_cert_and_check_known_urls")
            .Custom(isClient ? Switch((f, v) => f with { AcceptsAny = v }) : Insecure, "insecure")
            .Custom(Switch((f, v) => f with { AllowInsecureCipherSuites = v }), "allow_insecure_cipher_suites")
            .Custom(CipherSuites, "cipher_suites")
            .Custom(Curves, "curve_preferences")
            .Custom(Timeout, "timeout")
            .Custom(RateLimit, "connection_rate_limit")
            .Custom(Pins, "pinned_certs")
            .Custom(HandshakeFirst, "handshake_first", "first", "immediate")
            .Custom(Pairs, "certs", "certificates")
            .Custom(MinVersion, "min_version")
            .Custom(CertificateStore, "cert_store")
            .Unsupported("certificate stores", "cert_match_by", "cert_match", "ca_certs_match", "cert_match_skip_invalid")
            .Unsupported("OCSP", "ocsp_peer");
    }

    private static KeyTable<TlsFiles>.Key File(Func<TlsFiles, string, TlsFiles> apply)
    {
        return (files, entry, problems) =>
        {
            if (entry.Value is ConfigText text)
                return apply(files, text.Value);
            problems.Error(entry.Position, $"{Prefix}expected '{Name(entry)}' to be filename");
            return files;
        };
    }

    private static KeyTable<(string Certificate, string Key)>.Key PairFile(
        Func<(string Certificate, string Key), string, (string Certificate, string Key)> apply)
    {
        return (pair, entry, problems) =>
        {
            if (entry.Value is ConfigText text)
                return apply(pair, text.Value);
            problems.Error(entry.Position, $"error parsing certificates config: unsupported type {entry.Value.KindName}");
            return pair;
        };
    }

    private static KeyTable<TlsFiles>.Key Switch(Func<TlsFiles, bool, TlsFiles> apply)
    {
        return (files, entry, problems) =>
        {
            if (entry.Value is ConfigBoolean boolean)
                return apply(files, boolean.Value);
            problems.Error(entry.Position, $"{Prefix}expected '{Name(entry)}' to be a boolean");
            return files;
        };
    }

    private static TlsFiles KnownUrls(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        return Switch((f, v) =>
        {
            if (v)
                problems.Error(entry.Position, "verify_cert_and_check_known_urls not supported in this context");
            return f;
        })(files, entry, problems);
    }

    private static TlsFiles Insecure(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        return Switch((f, v) =>
        {
            if (v)
                problems.Note(entry.Position, $"field \"{entry.Key}\" has no effect: it is about servers that this one connects to");
            return f;
        })(files, entry, problems);
    }

    private static TlsFiles CipherSuites(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        var suites = new List<TlsCipherSuite>();
        foreach (var (position, name) in Texts(entry, problems))
        {
            if (CipherSuiteNames.TryFind(name, out var suite))
                suites.Add(suite);
            else
                problems.Error(position, $"unrecognized cipher {name}");
        }

        if (suites.Count > 0 && OperatingSystem.IsWindows())
            problems.Unsupported(entry, "the operating system's settings say which cipher suites there are");
        return files with { CipherSuites = suites };
    }

    // The runtime has no say in the curves of the operating system's library, and a restriction that does not hold is none.
    private static TlsFiles Curves(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        int errors = problems.Errors.Count;
        foreach (var (position, name) in Texts(entry, problems))
        {
            if (!CipherSuiteNames.Curves.Contains(name))
                problems.Error(position, $"unrecognized curve preference {name}");
        }

        if (problems.Errors.Count == errors)
            problems.Unsupported(entry, "the operating system's TLS library chooses the curves");
        return files;
    }

    private static IEnumerable<(ConfigPosition Position, string Text)> Texts(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.WrongKind(entry.Position, entry.Value, "[]interface {}");
            yield break;
        }

        if (array.Items.Count == 0)
            problems.Error(entry.Position, $"{Prefix}'{Name(entry)}' cannot be empty");
        foreach (var item in array.Items)
        {
            if (item.Value is ConfigText text)
                yield return (item.Position, text.Value);
            else
                problems.WrongKind(item.Position, item.Value, "string");
        }
    }

    private static TlsFiles Timeout(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        TimeSpan? timeout = entry.Value switch
        {
            ConfigInteger { Value: var seconds } => Seconds(seconds),
            ConfigFloat { Value: var seconds } => Seconds(seconds),
            ConfigText { Value: var text } => GoDuration.TryParse(text, out var duration) ? duration : null,
            _ => null,
        };
        if (timeout is null)
        {
            problems.Error(entry.Position, entry.Value is ConfigText { Value: var text }
                ? $"{Prefix}'timeout' time: invalid duration \"{text}\""
                : $"{Prefix}'timeout' wrong type");
        }

        // Zero leaves the default, as in the reference server.
        return timeout is { } time && time != TimeSpan.Zero ? files with { Options = files.Options with { Timeout = time } } : files;
    }

    private static TimeSpan Seconds(double seconds)
    {
        return TimeSpan.FromSeconds(Math.Clamp(seconds, -int.MaxValue, int.MaxValue));
    }

    private static TlsFiles RateLimit(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is ConfigInteger { Value: var limit })
            return files with { Options = files.Options with { ConnectionRateLimit = Math.Max(limit, 0) } };
        problems.Error(entry.Position, $"{Prefix}'connection_rate_limit' wrong type");
        return files;
    }

    private static TlsFiles Pins(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.Error(
                entry.Position,
                $"{Prefix}expected 'pinned_certs' to be a list of hex-encoded sha256 of DER encoded SubjectPublicKeyInfo");
            return files;
        }

        var pins = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in array.Items)
        {
            if (item.Value is not ConfigText { Value: var text })
                problems.WrongKind(item.Position, item.Value, "string");
            else if (TlsServerOptions.IsPin(text.ToLowerInvariant()))
                pins.Add(text.ToLowerInvariant());
            else
                problems.Error(
                    item.Position,
                    $"{Prefix}'pinned_certs' key {text.ToLowerInvariant()} does not look like hex-encoded sha256 of DER encoded SubjectPublicKeyInfo");
        }

        return files with { Options = files.Options with { PinnedCertificates = pins } };
    }

    private static TlsFiles HandshakeFirst(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigBoolean boolean:
                return First(boolean.Value, TimeSpan.Zero);
            case ConfigText { Value: var text }:
                switch (text.ToLowerInvariant())
                {
                    case "true" or "on":
                        return First(true, TimeSpan.Zero);
                    case "false" or "off":
                        return First(false, TimeSpan.Zero);
                    case "auto" or "auto_fallback":
                        return First(true, AutoFallback);
                    case var other when GoDuration.TryParse(other, out var delay) && delay >= TimeSpan.Zero:
                        return First(true, delay);
                    default:
                        problems.Error(entry.Position, $"field \"{entry.Key}\"'s value \"{text}\" is invalid");
                        return files;
                }

            default:
                problems.Error(entry.Position, $"field \"{entry.Key}\" should be a boolean or a string, got {entry.Value.KindName}");
                return files;
        }

        TlsFiles First(bool isFirst, TimeSpan fallback)
        {
            return files with { Options = files.Options with { HandshakeFirst = isFirst, HandshakeFirstFallback = fallback } };
        }
    }

    private static TlsFiles Pairs(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigArray array)
        {
            problems.Error(entry.Position, $"error parsing certificates config: unsupported type {entry.Value.KindName}");
            return files;
        }

        var pairs = new List<(string, string)>();
        foreach (var item in array.Items)
        {
            if (item.Value is ConfigMap map)
                pairs.Add(Pair(map, item.Position, problems));
            else
                problems.Error(item.Position, $"error parsing certificates config: unsupported type {item.Value.KindName}");
        }

        return files with { Pairs = pairs };
    }

    private static (string CertificateFile, string KeyFile) Pair(ConfigMap map, ConfigPosition position, ConfigProblems problems)
    {
        var (certificate, key) = PairTable.Apply(map, ("", ""), problems);
        if (certificate.Length == 0 || key.Length == 0)
            problems.Error(position, "error parsing certificates config: both 'cert_file' and 'cert_key' options are required");
        return (certificate, key);
    }

    private static TlsFiles MinVersion(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText { Value: var text })
        {
            problems.Error(entry.Position, $"error parsing tls config: 'min_version' wrong type: {Describe(entry.Value)}");
            return files;
        }

        try
        {
            return files with { Options = files.Options with { MinVersion = TlsFiles.Version(text) } };
        }
        catch (NatsServerOptionsException e)
        {
            problems.Error(entry.Position, $"error parsing tls config: {e.Message}");
            return files;
        }
    }

    private static string Describe(ConfigValue value)
    {
        return value switch
        {
            ConfigFloat number => number.Value.ToString(CultureInfo.InvariantCulture),
            ConfigInteger number => number.Value.ToString(CultureInfo.InvariantCulture),
            ConfigBoolean boolean => boolean.Value ? "true" : "false",
            _ => value.KindName,
        };
    }

    private static TlsFiles CertificateStore(TlsFiles files, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText { Value: var store } || store.Length == 0)
            problems.Error(entry.Position, "expected 'cert_store' to be a valid non-empty string");
        else if (store.ToLowerInvariant() is not ("windowscurrentuser" or "windowslocalmachine"))
            problems.Error(entry.Position, "cert store type not implemented");
        else if (OperatingSystem.IsWindows())
            problems.Unsupported(entry, "certificate stores");
        else
            problems.Error(entry.Position, "cert_store not compatible with current operating system");
        return files;
    }

    private static string Name(ConfigEntry entry)
    {
        return entry.Key.ToLowerInvariant();
    }
}
