using Microsoft.Extensions.Logging;
using Rivulet.Server.Accounts;
using Rivulet.Server.Logging;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>The accounts of operators that the server knows by now: each from when it is asked for first.</summary>
/// <remarks>
/// <para>Thread-safe. Any thread reads, without a lock: the accounts are put in their place as a whole, once the server has taken them
/// over. Changes are made one at a time; what they hold is for changes alone, and tokens are read before it is taken.</para>
/// <para>What an account imports is taken as far as the exporting accounts allow it: an import that is not allowed, or whose account
/// is not there, is left out until it is.</para>
/// </remarks>
internal sealed class ClaimedAccounts : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);

    private readonly Lock _changes = new();
    private readonly IAccountTarget _target;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private volatile OperatorTrust _trust;
    private volatile IAccountResolver _resolver;
    private volatile Dictionary<string, ClaimedAccount> _accounts = new(StringComparer.Ordinal);
    private int _generation;
    private bool _disposed;

    /// <summary>No accounts yet.</summary>
    /// <param name="trust">Who may vouch for accounts.</param>
    /// <param name="resolver">Where their tokens are.</param>
    /// <param name="target">What takes them over.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears of what is wrong with them.</param>
    public ClaimedAccounts(OperatorTrust trust, IAccountResolver resolver, IAccountTarget target, TimeProvider time, ILogger log)
    {
        _trust = trust;
        _resolver = resolver;
        _target = target;
        _time = time;
        _log = log;
        _timer = time.CreateTimer(static self => ((ClaimedAccounts)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Who may vouch for accounts.</summary>
    public OperatorTrust Trust => _trust;

    /// <summary>Where their tokens are.</summary>
    public IAccountResolver Resolver => _resolver;

    /// <summary>Is another one after each change.</summary>
    public int Generation => Volatile.Read(ref _generation);

    private long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Takes over another resolver, and has another look at all accounts.</summary>
    public void Reload(OperatorTrust trust, IAccountResolver resolver)
    {
        _trust = trust;
        _resolver = resolver;
        foreach (var (name, account) in _accounts)
        {
            // What was fetched holds until it runs out or another one is sent.
            string? token = resolver is UrlResolver ? account.Token : resolver.Find(name, out _);
            if (token is null || !TryUpdate(name, token, out _))
                Remove(name);
        }
    }

    /// <summary>
    /// Has the token of an account fetched, and those of the accounts that it imports from, unless the server goes by its claims already or tokens
    /// are kept here. <see cref="Find"/> finds them then.
    /// </summary>
    /// <returns>Why the account's token could not be fetched; empty if it could, or did not have to be.</returns>
    public ValueTask<string> PrepareAsync(string name)
    {
        return _resolver is UrlResolver resolver && !(_accounts.TryGetValue(name, out var account) && !account.IsExpired(Now))
            ? new ValueTask<string>(FetchAsync(resolver, name))
            : new ValueTask<string>("");
    }

    /// <summary>Goes by the claims of every account that there is a token of, so that their streams come to life.</summary>
    public void LoadAll()
    {
        var accounts = new List<ClaimedAccount>();
        foreach (string name in _resolver.List())
        {
            if (!IsKnown(name) && _resolver.Find(name, out _) is { } token && Verify(name, token, out _) is { } account)
                accounts.Add(account);
        }

        lock (_changes)
        {
            var next = Copy();
            foreach (var account in accounts)
                next.TryAdd(account.Name, account);
            TakeOver(next);
        }
    }

    /// <summary>Whether the server goes by an account's claims already.</summary>
    public bool IsKnown(string name)
    {
        return _accounts.ContainsKey(name);
    }

    /// <summary>The account, from its token if it is asked for first, or has run out; null, and why, if there is none.</summary>
    public ClaimedAccount? Find(string name, out string error)
    {
        error = "";
        if (_accounts.TryGetValue(name, out var account) && !account.IsExpired(Now))
            return account;
        if (_resolver.Find(name, out error) is not { } token)
            return account;
        return TryUpdate(name, token, out error) && _accounts.TryGetValue(name, out var updated) ? updated : account;
    }

    /// <summary>Goes by another token of an account from here on.</summary>
    /// <param name="name">The account.</param>
    /// <param name="token">Its token.</param>
    /// <param name="error">What is wrong with the token.</param>
    public bool TryUpdate(string name, string token, out string error)
    {
        if (Verify(name, token, out error) is not { } account)
            return false;
        var others = FindExporters(account);
        ClaimedAccount? old;
        lock (_changes)
        {
            if (_disposed)
                return true;
            if (_accounts.TryGetValue(name, out old) && old.Token == token)
                return true;
            var next = Copy();
            foreach (var other in others)
                next.TryAdd(other.Name, other);
            next[name] = account;
            try
            {
                TakeOver(next);
            }
            catch (NatsServerOptionsException e)
            {
                error = e.Message;
                return false;
            }
        }

        _target.Recheck(name, old, account);
        return true;
    }

    /// <summary>Forgets an account. Its clients are closed.</summary>
    public void Remove(string name)
    {
        lock (_changes)
        {
            var next = Copy();
            if (_disposed || !next.Remove(name))
                return;
            TakeOver(next);
        }

        _target.Recheck(name, null, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_changes)
            _disposed = true;
        _timer.Dispose();
    }

    private async Task<string> FetchAsync(UrlResolver resolver, string name)
    {
        string error = await resolver.FetchAsync(name).ConfigureAwait(false);
        var seen = new HashSet<string>(StringComparer.Ordinal) { name };
        string[] next = error.Length > 0 ? [] : [name];
        while (next.Length > 0)
        {
            string[] exporters = [.. next.SelectMany(account => ExportersOf(resolver, account)).Where(account => seen.Add(account) && !IsKnown(account))];

            // Which of them are not to be had is told when imports are looked at.
            await Task.WhenAll(exporters.Select(resolver.FetchAsync)).ConfigureAwait(false);
            next = exporters;
        }

        return error;
    }

    private static IEnumerable<string> ExportersOf(UrlResolver resolver, string account)
    {
        return resolver.Find(account, out _) is { } token && Jwt.Decode<AccountClaims>(token, out _) is { } claims
            ? claims.Account.Imports.OfType<ImportClaims>().Select(import => import.Account)
            : [];
    }

    private ClaimedAccount? Verify(string name, string token, out string error)
    {
        if (Jwt.Decode<AccountClaims>(token, out error) is not { } claims)
            return null;
        error = "";
        if (claims.Subject != name || !_trust.IsTrusted(claims.Issuer) || ClaimsProblems.Of(claims, Now).Any)
            error = "account validation failed";
        return error.Length == 0 ? new ClaimedAccount(token, claims, _trust.IsStrict(claims.Issuer)) : null;
    }

    // Those that an account imports from, and those that they import from, as far as they are not known yet.
    private List<ClaimedAccount> FindExporters(ClaimedAccount account)
    {
        var found = new Dictionary<string, ClaimedAccount>(StringComparer.Ordinal);
        var open = new Queue<ClaimedAccount>([account]);
        while (open.TryDequeue(out var next))
        {
            foreach (var import in next.Claims.Account.Imports)
            {
                string name = import.Account;
                if (name == account.Name || found.ContainsKey(name) || IsKnown(name))
                    continue;
                string error = "";
                if (_resolver.Find(name, out error) is { } token && Verify(name, token, out error) is { } exporter)
                {
                    found[name] = exporter;
                    open.Enqueue(exporter);
                }
                else
                {
                    SecurityLog.NoExporter(_log, name, import.Subject, import.Type, error);
                }
            }
        }

        return [.. found.Values];
    }

    private Dictionary<string, ClaimedAccount> Copy()
    {
        return new Dictionary<string, ClaimedAccount>(_accounts, StringComparer.Ordinal);
    }

    /// <summary>Has the server take accounts over, and then goes by them. Whoever is let in by them finds the account there.</summary>
    private void TakeOver(Dictionary<string, ClaimedAccount> accounts)
    {
        Apply(accounts);
        _accounts = accounts;
        Interlocked.Increment(ref _generation);
    }

    private void Apply(Dictionary<string, ClaimedAccount> accounts)
    {
        var now = _time.GetUtcNow();
        var next = DateTimeOffset.MaxValue;
        var settings = new List<AccountSettings>();
        foreach (var account in accounts.Values)
        {
            settings.Add(WithImports(account, accounts, now, ref next));
            if (account.Claims.Expires > 0 && ClaimedTime.Of(account.Claims.Expires) is var end && end > now && end < next)
                next = end;
        }

        _target.Apply(ExchangeChecks.WithoutWrongImports(
            settings, (name, subject, mistake) => SecurityLog.ImportLeftOut(_log, name, subject, mistake)));
        var wait = next - now;
        _timer.Change(next == DateTimeOffset.MaxValue ? Timeout.InfiniteTimeSpan : wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
    }

    private AccountSettings WithImports(
        ClaimedAccount account, Dictionary<string, ClaimedAccount> accounts, DateTimeOffset now, ref DateTimeOffset next)
    {
        var streams = new List<StreamImport>();
        var services = new List<ServiceImport>();
        foreach (var import in account.Claims.Account.Imports)
        {
            if (!accounts.TryGetValue(import.Account, out var exporter))
                continue;
            var until = Activations.ValidUntil(import, account.Name, exporter.Claims, exporter.IsStrict, now.ToUnixTimeSeconds());
            if (until < next)
                next = until.Value;
            if (import.IsStream)
                streams.Add(ClaimedAccountSettings.StreamOf(import, until is not null));
            else
                services.Add(ClaimedAccountSettings.ServiceOf(import, until is not null));
        }

        var settings = ClaimedAccountSettings.Of(account.Claims);
        if (settings.Mappings.Count < account.Claims.Account.Mappings.Count)
            SecurityLog.MappingsLeftOut(_log, account.Name, account.Claims.Account.Mappings.Count - settings.Mappings.Count);
        return settings with { StreamImports = streams, ServiceImports = services };
    }

    private void OnTimer()
    {
        string[] expired;
        lock (_changes)
        {
            if (_disposed)
                return;
            TakeOver(_accounts);
            expired = [.. _accounts.Values.Where(account => account.IsExpired(Now)).Select(account => account.Name)];
        }

        foreach (string name in expired)
            _target.Recheck(name, null, null);
    }
}
