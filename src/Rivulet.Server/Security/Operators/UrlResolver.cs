using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Fetches tokens of accounts over HTTP: <c>GET</c> of an address with the account's key behind it.</summary>
/// <remarks>
/// <para>Nobody waits for the network under a lock or on a receive loop: whoever needs an account has it fetched first
/// (<see cref="FetchAsync"/>), which puts its token where <see cref="Find"/> sees it. Those who ask for the same account at a time share one
/// request. Only tokens that are of the account asked for are kept, so that asking for accounts that nobody has takes no memory.</para>
/// <para>Thread-safe. Requests go on on threads of the runtime's pool, as everything of <see cref="HttpClient"/> does.</para>
/// </remarks>
internal sealed class UrlResolver : IAccountResolver, IDisposable
{
    private const int TokenBytesMax = 1024 * 1024;
    private const int ConnectionsMax = 10;

    // The reference server's.
    private static readonly TimeSpan FetchTime = TimeSpan.FromMilliseconds(1900);
    private static readonly TimeSpan NotableTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _requests = new(StringComparer.Ordinal);
    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly ILogger _log;

    /// <summary>A resolver that has fetched nothing yet.</summary>
    /// <param name="address">What the keys of accounts are put behind.</param>
    /// <param name="tls">TLS for addresses with <c>https</c>; null for the defaults.</param>
    /// <param name="log">Hears of what is fetched, and of what is not.</param>
    public UrlResolver(Uri address, AccountResolverTls? tls, ILogger log)
    {
        _address = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
        _log = log;
        _client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = ConnectionsMax,
            PooledConnectionIdleTimeout = IdleTime,
            SslOptions = SslOptions(tls ?? new AccountResolverTls()),
        })
        {
            Timeout = FetchTime,
            MaxResponseContentBufferSize = TokenBytesMax,
        };
    }

    /// <inheritdoc/>
    public string? Find(string account, out string error)
    {
        error = "account missing";
        return _tokens.GetValueOrDefault(account);
    }

    /// <inheritdoc/>
    public List<string> List()
    {
        return [.. _tokens.Keys];
    }

    /// <inheritdoc/>
    public void Preload(string account, string token)
    {
        throw new NotSupportedException();
    }

    /// <summary>Fetches the token of an account. The one that is there already stays if that fails.</summary>
    /// <returns>Why there is none; empty if there is one. It does not fault.</returns>
    public Task<string> FetchAsync(string account)
    {
        // The name becomes a part of an address.
        if (!NKey.IsPublicKey(account, NKeyKind.Account))
            return Task.FromResult("account missing");
        return _requests.GetOrAdd(account, name => new Lazy<Task<string>>(() => RequestAsync(name))).Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
    }

    /// <summary>An address that tokens can be fetched from.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? address)
    {
        return Uri.TryCreate(text.Trim(), UriKind.Absolute, out address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
    }

    /// <summary>An address without the password that it may hold.</summary>
    public static string Redact(Uri address)
    {
        int colon = address.UserInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? address.AbsoluteUri : new UriBuilder(address) { Password = "xxxxx" }.Uri.AbsoluteUri;
    }

    private async Task<string> RequestAsync(string account)
    {
        // Whoever begins this does not wait for it to get under way.
        await Task.Yield();
        long start = Stopwatch.GetTimestamp();
        string error = await TryRequestAsync(account).ConfigureAwait(false);
        _requests.TryRemove(account, out _);
        var took = Stopwatch.GetElapsedTime(start);
        if (took > NotableTime)
            SecurityLog.AccountFetchedSlowly(_log, account, GoDuration.Format(took));
        else
            SecurityLog.AccountFetched(_log, account, GoDuration.Format(took));
        if (error.Length > 0)
            SecurityLog.AccountNotFetched(_log, error);
        return error;
    }

    private async Task<string> TryRequestAsync(string account)
    {
        var address = new Uri(_address, account);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (address.UserInfo.Length > 0)
            {
                byte[] credentials = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo));
                request.Headers.Authorization = new("Basic", Convert.ToBase64String(credentials));
            }

            using var response = await _client.SendAsync(request).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                return $"could not fetch <\"{Redact(address)}\">: {(int)response.StatusCode} {response.ReasonPhrase}";
            string token = (await response.Content.ReadAsStringAsync().ConfigureAwait(false)).Trim();
            if (Jwt.Decode<AccountClaims>(token, out string error) is not { } claims)
                return error;
            if (claims.Subject != account)
                return "account validation failed";
            _tokens[account] = token;
            return "";
        }
        catch (OperationCanceledException)
        {
            return $"could not fetch <\"{Redact(address)}\">: no answer within {GoDuration.Format(FetchTime)}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or NotSupportedException or ObjectDisposedException or InvalidOperationException)
        {
            return $"could not fetch <\"{Redact(address)}\">: {(e.InnerException ?? e).Message}";
        }
    }

    private static SslClientAuthenticationOptions SslOptions(AccountResolverTls tls)
    {
        var options = new SslClientAuthenticationOptions();
        if (tls.Certificate is { } certificate)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate.Certificate, certificate.Intermediates, offline: true);
        if (tls.Authorities is { } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

#pragma warning disable CA5359 // That any certificate will do is said by the one key of the configuration that says so.
        if (tls.AcceptsAny)
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return options;
    }
}
