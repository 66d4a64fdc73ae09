using System.Globalization;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Logging;
using Rivulet.Server.Security;
using Rivulet.Storage;

namespace Rivulet.Server.Hosting;

/// <summary>JetStream inside one server: starts it with its banner, gives accounts their part in it, and stops it.</summary>
/// <remarks>Opened, configured and turned off by one thread at a time.</remarks>
internal sealed class JetStreamService : ICommitBarrier, IAsyncDisposable
{
    private readonly JetStreamEngine _engine;
    private volatile JetStreamServerOptions _settings;
    private readonly Dictionary<string, IDisposable> _refusals = new(StringComparer.Ordinal);
    private readonly ILogger _log;
    private readonly long _openedAt;
    private (Account Account, bool AsksOthers, IDisposable Service)? _system;

    private JetStreamService(JetStreamEngine engine, JetStreamServerOptions settings, ILogger log, long openedAt)
    {
        _engine = engine;
        _settings = settings;
        _log = log;
        _openedAt = openedAt;
    }

    /// <summary>JetStream itself.</summary>
    public JetStreamEngine Engine => _engine;

    /// <inheritdoc/>
    public bool HasRoom => _engine.HasRoom;

    /// <inheritdoc/>
    public bool HasSettled(PublisherContext publisher)
    {
        return _engine.HasSettled(publisher);
    }

    /// <inheritdoc/>
    public void WhenSettled(PublisherContext publisher, ICommitWaiter waiter)
    {
        _engine.WhenSettled(publisher, waiter);
    }

    /// <inheritdoc/>
    public void WhenRoom(IRoomWaiter waiter)
    {
        _engine.WhenRoom(waiter);
    }

    /// <summary>Recovers the stores. No account has JetStream yet.</summary>
    /// <exception cref="NatsServerStartException">The stores cannot be opened.</exception>
    public static async Task<JetStreamService> OpenAsync(
        JetStreamServerOptions settings, IJetStreamHost host, ILogger log, CancellationToken cancellationToken)
    {
        long openedAt = host.Time.GetTimestamp();
        string directory = settings.EffectiveStoreDirectory;
        var options = new JetStreamOptions
        {
            StoreDirectory = directory,
            MaxMemoryBytes = settings.MaxMemoryStore ?? MachineResources.MemoryBytes / 4 * 3,
            MaxStoreBytes = settings.MaxFileStore ?? MachineResources.FreeDiskBytes(directory) / 4 * 3,
            SyncPolicy = settings.SyncPolicy,
            Domain = settings.Domain,
            Strict = settings.Strict,
            LongAckSubjects = settings.LongAckSubjects,
            DuplicateWindowMax = settings.DuplicateWindowMax,
            Batches = settings.Batches,
        };
        LogBanner(log, options);
        var engine = await OpenAsync(options, host, cancellationToken).ConfigureAwait(false);
        return new JetStreamService(engine, settings, log, openedAt);
    }

    /// <summary>The accounts have their part in it: tells the log how long all of it took.</summary>
    public void NoteStarted()
    {
        ServerLog.JetStreamStarted(_log, GoDuration.Format(_engine.Host.Time.GetElapsedTime(_openedAt)));
    }

    /// <summary>Throws if accounts are to have more than there is, or than there will be by other limits.</summary>
    /// <exception cref="NatsServerOptionsException">Says what there is not enough of.</exception>
    public void CheckAccounts(IReadOnlyList<AccountSettings> accounts, string systemName, JetStreamServerOptions? settings = null)
    {
        long memory = 0;
        long store = 0;
        foreach (var account in accounts)
        {
            if (account.JetStream is not { } limits || account.Name == systemName)
                continue;
            memory += Math.Max(0, limits.MaxMemoryBytes);
            store += Math.Max(0, limits.MaxStoreBytes);
        }

        if (memory > (settings?.MaxMemoryStore ?? _engine.Options.MaxMemoryBytes))
            throw new NatsServerOptionsException("insufficient memory resources available");
        if (store > (settings?.MaxFileStore ?? _engine.Options.MaxStoreBytes))
            throw new NatsServerOptionsException("insufficient storage resources available");
    }

    /// <summary>
    /// Gives accounts their part in JetStream, or takes it. Where there are no accounts but those that there always are, the global
    /// one has all of it; otherwise only those have it that are set to.
    /// </summary>
    /// <exception cref="NatsServerOptionsException">They are to have more than there is.</exception>
    public void Configure(AccountRegistry accounts)
    {
        CheckAccounts([.. accounts.All.Select(account => account.Settings)], accounts.System.Name);
        bool isGlobalOnly = accounts.All.All(account => account == accounts.Global || account == accounts.System);
        ServeSystem(accounts.System);
        foreach (var account in accounts.All)
        {
            if (account == accounts.System)
                continue;
            var limits = account.Settings.JetStream
                ?? (account == accounts.Global && isGlobalOnly ? AccountLimits.Unlimited : null);
            if (limits is null)
                Refuse(account);
            else
                Enable(account, WithinServer(limits));
        }
    }

    /// <summary>Takes over other limits, of the server and of its accounts. What else there is to JetStream stays as it was at the start.</summary>
    /// <exception cref="NatsServerOptionsException">Accounts are to have more than there is.</exception>
    public void Change(JetStreamServerOptions settings, AccountRegistry accounts)
    {
        _settings = settings;
        _engine.Limit(_engine.Options with
        {
            MaxMemoryBytes = settings.MaxMemoryStore ?? _engine.Options.MaxMemoryBytes,
            MaxStoreBytes = settings.MaxFileStore ?? _engine.Options.MaxStoreBytes,
            DuplicateWindowMax = settings.DuplicateWindowMax,
            Batches = settings.Batches,
        });
        Configure(accounts);
    }

    private AccountLimits WithinServer(AccountLimits limits)
    {
        return limits with
        {
            MaxAckPending = limits.MaxAckPending < 0 ? _settings.MaxAckPending ?? -1 : limits.MaxAckPending,
            MaxRequestBatch = _settings.MaxRequestBatch ?? -1,
        };
    }

    /// <summary>An account is gone.</summary>
    public void Forget(Account account)
    {
        Disable(account);
        if (_refusals.Remove(account.Name, out var refusal))
            refusal.Dispose();
    }

    private void Enable(Account account, AccountLimits limits)
    {
        if (_refusals.Remove(account.Name, out var refusal))
            refusal.Dispose();
        if (account.JetStream is { } enabled)
            enabled.Limits = limits;
        else
            account.JetStream = _engine.EnableAccount(account.Router, limits);
    }

    private void ServeSystem(Account account)
    {
        bool asksOthers = AsksOthers(account);
        if (_system is { } system && (system.Account, system.AsksOthers) == (account, asksOthers))
            return;
        _system?.Service.Dispose();
        var service = _engine.ServeSystemAccount(account.Router, asksOthers ? "$JS.API.ACCOUNT.PURGE.*"u8 : "$JS.API.>"u8);
        _system = (account, asksOthers, service);
    }

    // Whoever asks another account's JetStream under the usual subjects is to hear that one only.
    private static bool AsksOthers(Account account)
    {
        return account.ServiceImports.Any(import => Subject.Matches("$JS.API.INFO"u8, import.Filter));
    }

    private void Refuse(Account account)
    {
        Disable(account);
        bool asksOthers = AsksOthers(account);
        if (asksOthers && _refusals.Remove(account.Name, out var refusal))
            refusal.Dispose();
        else if (!asksOthers && !_refusals.ContainsKey(account.Name))
            _refusals.Add(account.Name, _engine.RefuseAccount(account.Router));
    }

    private void Disable(Account account)
    {
        if (account.JetStream is null)
            return;
        account.JetStream = null;
        _engine.DisableAccount(account.Name);
    }

    /// <summary>Ends it while the server goes on: no account has JetStream any more. Streams in memory are gone.</summary>
    public async ValueTask TurnOffAsync(AccountRegistry accounts)
    {
        foreach (var account in accounts.All)
            Forget(account);
        _system?.Service.Dispose();
        _system = null;
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Tells waiting clients, commits what there is, and closes the stores.</summary>
    public async ValueTask DisposeAsync()
    {
        ServerLog.JetStreamShuttingDown(_log);
        await _engine.DisposeAsync().ConfigureAwait(false);
        ServerLog.JetStreamShutdown(_log);
    }

    private static async Task<JetStreamEngine> OpenAsync(
        JetStreamOptions options, IJetStreamHost host, CancellationToken cancellationToken)
    {
        try
        {
            return await JetStreamEngine.StartAsync(options, host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NatsServerStartException($"Can't start JetStream: {e.Message}", e);
        }
    }

    private static void LogBanner(ILogger log, JetStreamOptions options)
    {
        ServerLog.Notice(log, "Starting JetStream");
        ServerLog.Notice(log, @"    _ ___ _____ ___ _____ ___ ___   _   __  __");
        ServerLog.Notice(log, @" _ | | __|_   _/ __|_   _| _ \ __| /_\ |  \/  |");
        ServerLog.Notice(log, @"| || | _|  | | \__ \ | | |   / _| / _ \| |\/| |");
        ServerLog.Notice(log, @" \__/|___| |_| |___/ |_| |_|_\___/_/ \_\_|  |_|");
        ServerLog.Notice(log, "");
        ServerLog.Notice(log, "         https://docs.nats.io/jetstream");
        ServerLog.Notice(log, "");
        ServerLog.Notice(log, "---------------- JETSTREAM ----------------");
        ServerLog.Notice(log, $"  Strict:          {(options.Strict ? "true" : "false")}");
        ServerLog.Notice(log, $"  Max Memory:      {ByteSize.Format(options.MaxMemoryBytes)}");
        ServerLog.Notice(log, $"  Max Storage:     {ByteSize.Format(options.MaxStoreBytes)}");
        ServerLog.Notice(log, $"  Store Directory: \"{options.StoreDirectory}\"");
        if (options.Domain is { } domain)
            ServerLog.Notice(log, $"  Domain:          {domain}");
        ServerLog.Notice(log, string.Create(CultureInfo.InvariantCulture, $"  API Level:       {ServerVersion.JetStreamApiLevel}"));
        ServerLog.Notice(log, "-------------------------------------------");
    }
}
