using System.Globalization;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Logging;
using Rivulet.Server.Routing;
using Rivulet.Storage;

namespace Rivulet.Server.Hosting;

/// <summary>JetStream inside one server: starts it with its banner, gives accounts their part in it, and stops it.</summary>
internal sealed class JetStreamService : ICommitBarrier, IAsyncDisposable
{
    private readonly JetStreamEngine _engine;
    private readonly ILogger _log;

    private JetStreamService(JetStreamEngine engine, ILogger log)
    {
        _engine = engine;
        _log = log;
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

    /// <summary>Recovers the stores and resumes the streams of the global account.</summary>
    public static async Task<JetStreamService> StartAsync(
        JetStreamServerOptions settings,
        IJetStreamHost host,
        AccountRouter account,
        ILogger log,
        CancellationToken cancellationToken)
    {
        long startedAt = host.Time.GetTimestamp();
        string directory = settings.EffectiveStoreDirectory;
        var options = new JetStreamOptions
        {
            StoreDirectory = directory,
            MaxMemoryBytes = settings.MaxMemoryStore ?? MachineResources.MemoryBytes / 4 * 3,
            MaxStoreBytes = settings.MaxFileStore ?? MachineResources.FreeDiskBytes(directory) / 4 * 3,
            SyncPolicy = settings.SyncPolicy,
            Domain = settings.Domain,
            Strict = settings.Strict,
            DuplicateWindowMax = settings.DuplicateWindowMax,
            Batches = settings.Batches,
        };
        LogBanner(log, options);
        var engine = await OpenAsync(options, host, cancellationToken).ConfigureAwait(false);
        try
        {
            engine.EnableAccount(account, AccountLimits.Unlimited with
                {
                    MaxAckPending = settings.MaxAckPending ?? -1,
                    MaxRequestBatch = settings.MaxRequestBatch ?? -1,
                });
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        ServerLog.JetStreamStarted(log, GoDuration.Format(host.Time.GetElapsedTime(startedAt)));
        return new JetStreamService(engine, log);
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
