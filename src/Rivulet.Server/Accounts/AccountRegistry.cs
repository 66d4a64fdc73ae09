using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Security;

namespace Rivulet.Server.Accounts;

/// <summary>The accounts of a server by name. There are always the global one and one for the system.</summary>
/// <remarks>Any thread looks accounts up; one at a time changes them.</remarks>
internal sealed class AccountRegistry : IDisposable
{
    private readonly ConcurrentDictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly IWorkScheduler _work;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private volatile Account _system;

    /// <summary>The accounts of a server that has only those that there always are.</summary>
    /// <param name="work">Where observers of interest are called.</param>
    /// <param name="random">Seeds the choice of queue group members.</param>
    /// <param name="time">The clock.</param>
    public AccountRegistry(IWorkScheduler work, Random random, TimeProvider time)
    {
        _work = work;
        _random = random;
        _time = time;
        Global = GetOrAdd(new AccountSettings { Name = AccountSettings.GlobalName });
        _system = GetOrAdd(new AccountSettings { Name = AccountSettings.SystemName });
    }

    /// <summary>Is told of each account once it is there, before anybody is in it.</summary>
    public Action<Account>? Added { get; set; }

    /// <summary>Domains of JetStream by the names of accounts whose requests go there.</summary>
    public IReadOnlyDictionary<string, string> DefaultJetStreamDomains { get; init; } = new Dictionary<string, string>();

    /// <summary>The account of everybody who is in no other.</summary>
    public Account Global { get; }

    /// <summary>The account of the server's own events.</summary>
    public Account System => _system;

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<Account> All => _accounts.Select(pair => pair.Value);

    /// <summary>Looks an account up.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Account? account)
    {
        return _accounts.TryGetValue(name, out account);
    }

    /// <summary>Takes over what accounts there are, and what they let in and out.</summary>
    /// <param name="settings">All of them. Those that there always are may be missing.</param>
    /// <param name="systemName">The account of the server's own events.</param>
    /// <param name="connections">The connections whose subscriptions follow their accounts' imports.</param>
    /// <returns>The accounts that are gone. Their connections are the caller's to end.</returns>
    /// <exception cref="NatsServerOptionsException">They do not fit together. Nothing is changed.</exception>
    public IReadOnlyList<Account> Apply(
        IReadOnlyList<AccountSettings> settings, string systemName, IEnumerable<ClientConnection> connections)
    {
        Validate(settings, systemName);
        lock (_lock)
        {
            foreach (var one in Complete(settings))
                GetOrAdd(one).Take(DefaultDomains.Apply(one, DefaultJetStreamDomains));
            _system = _accounts[systemName];
            var gone = RemoveAllBut(settings);
            var changed = new HashSet<Account>();
            foreach (var account in All.Concat(gone))
            {
                if (Import(account, isGone: gone.Contains(account)))
                    changed.Add(account);
            }

            if (changed.Count > 0)
                FollowImports(connections, changed);
            foreach (var account in gone)
                account.Dispose();
            return gone;
        }
    }

    /// <summary>Throws if accounts do not fit together.</summary>
    public static void Validate(IReadOnlyList<AccountSettings> settings, string systemName)
    {
        if (settings.GroupBy(account => account.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new NatsServerOptionsException($"Duplicate Account Entry: {twice.Key}");
        if (systemName != AccountSettings.SystemName && !settings.Any(account => account.Name == systemName))
            throw new NatsServerOptionsException("error resolving system account: account missing");
        if (settings.FirstOrDefault(account => account.Name == systemName) is { JetStream: not null })
            throw new NatsServerOptionsException("jetstream can not be enabled on the system account");
        foreach (var account in settings)
            AccountMappings.Create(account.Mappings);
        if (ExchangeChecks.Check(settings) is { Count: > 0 } mistakes)
            throw new NatsServerOptionsException(string.Join('\n', mistakes));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var account in All)
            account.Dispose();
    }

    private static IEnumerable<AccountSettings> Complete(IReadOnlyList<AccountSettings> settings)
    {
        return settings.Concat(
            from name in (string[])[AccountSettings.GlobalName, AccountSettings.SystemName]
            where !settings.Any(account => account.Name == name)
            select new AccountSettings { Name = name });
    }

    private static void FollowImports(IEnumerable<ClientConnection> connections, HashSet<Account> changed)
    {
        foreach (var connection in connections)
        {
            var account = connection.Account;
            if (!changed.Contains(account))
                continue;
            foreach (var subscription in connection.Subscriptions.Snapshot())
                account.FollowImports(subscription);
        }
    }

    private Account GetOrAdd(AccountSettings settings)
    {
        if (_accounts.TryGetValue(settings.Name, out var account))
            return account;
        account = new Account(settings with { Mappings = [], TraceDestination = null }, _work, _random, _time);
        _accounts[settings.Name] = account;
        Added?.Invoke(account);
        return account;
    }

    private List<Account> RemoveAllBut(IReadOnlyList<AccountSettings> settings)
    {
        var kept = Complete(settings).Select(account => account.Name).ToHashSet(StringComparer.Ordinal);
        var gone = All.Where(account => !kept.Contains(account.Name)).ToList();
        foreach (var account in gone)
            _accounts.TryRemove(account.Name, out _);
        return gone;
    }

    private bool Import(Account account, bool isGone)
    {
        if (isGone)
            return account.Take([], []);
        var streams = account.Settings.StreamImports.Select(import => StreamOf(account, import));
        var services = account.Settings.ServiceImports.Select(import => ServiceOf(account, import));
        return account.Take([.. streams], [.. services]);
    }

    private StreamImportRule StreamOf(Account account, StreamImport import)
    {
        var exporter = _accounts[import.Account];
        if (account.FindImport(import, exporter) is { } known)
            return known;
        ImportRenaming.Parse(import.Subject, ExchangeChecks.NameHere(import), out var renaming);
        return new StreamImportRule(import, exporter, renaming!);
    }

    private ServiceImportTarget ServiceOf(Account account, ServiceImport import)
    {
        var exporter = _accounts[import.Account];
        var service = ExportRules.Find(exporter.Settings, import, account.Name)!;
        if (account.FindImport(import, exporter, service) is { } known)
            return known;
        ImportRenaming.Parse(import.Subject, ExchangeChecks.NameHere(import), out var renaming);
        return new ServiceImportTarget(account, exporter, service, import, renaming!);
    }
}
