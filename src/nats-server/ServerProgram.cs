using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Configuration;
using Rivulet.Server.Host.CommandLine;
using Rivulet.Server.Host.Files;
using Rivulet.Server.Host.Logging;
using Rivulet.Server.Host.Logging.Syslog;
using Rivulet.Server.Host.Memory;
using Rivulet.Server.Host.Signals;

namespace Rivulet.Server.Host;

/// <summary>Runs a server until a signal ends it. Other signals reload the configuration or open the log file anew.</summary>
internal sealed partial class ServerProgram
{
    // Read by the runtime when it opens its first socket. Set, a connection is served on the thread that learnt of its
    // input, instead of one that the thread pool has to wake: half the processor time for each small request. Only a
    // process that does nothing but serve may do this, so the library leaves it alone.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private readonly Startup _startup;

    // What signals ask for, done one after another once the server runs: a reload reads files, which is not for the thread that
    // signals come on, and a signal that comes too early must not end the process.
    private readonly Channel<Action<NatsServer>> _orders = Channel.CreateUnbounded<Action<NatsServer>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServerSettings _settings = new();
    private PortsFile? _ports;

    /// <summary>A program that reads its settings from <paramref name="startup"/>.</summary>
    public ServerProgram(Startup startup)
    {
        _startup = startup;
    }

    /// <summary>Runs the server; the result is the exit code.</summary>
    /// <exception cref="ServerProgramException">It cannot start.</exception>
    /// <exception cref="ServerConfigurationException">The configuration file cannot be used.</exception>
    public async Task<int> RunAsync()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        _settings = _startup.Read(out var configuration);
        foreach (string warning in configuration?.Warnings ?? [])
            Console.Error.WriteLine(warning);
        using var loggers = new TextLoggerFactory(OpenLog(_settings), FormatOf(_settings));
        var log = loggers.CreateLogger("Rivulet.Server.Host");
        foreach (string note in configuration?.Notes ?? [])
            Note(log, note);
        using var traps = new SignalTraps(log);
        TrapEnds(traps);
        TrapOthers(traps, loggers, log);
        try
        {
            await using var server = await NatsServer.StartAsync(OptionsOf(_settings, loggers)).ConfigureAwait(false);
            PidFile.Write(_settings.PidFile);
            _ports = PortsFile.Write(_settings.PortsFileDirectory, server);
            server.ConfigurationReload = () => ReloadOnRequest(loggers, log);
            using var memory = new BurstMemory(new OwnMemory(server), TimeProvider.System);
            var orders = ObeyAsync(server);
            await _stop.Task.ConfigureAwait(false);
            await server.StopAsync().ConfigureAwait(false);
            _orders.Writer.Complete();
            await orders.ConfigureAwait(false);
            return 0;
        }
        catch (NatsServerOptionsException e)
        {
            throw new ServerProgramException(e.Message, e);
        }
        catch (NatsServerStartException e)
        {
            Fatal(log, e.Message);
            return 1;
        }
        finally
        {
            _ports?.Dispose();
        }
    }

    private void TrapEnds(SignalTraps traps)
    {
        traps.On(PosixSignal.SIGINT, "interrupt", () => _stop.TrySetResult());
        traps.On(PosixSignal.SIGTERM, "terminated", () => _stop.TrySetResult());
        traps.On(PosixSignal.SIGQUIT, "quit", () => _stop.TrySetResult());
    }

    private void TrapOthers(SignalTraps traps, TextLoggerFactory loggers, ILogger log)
    {
        traps.On(PosixSignal.SIGHUP, "hangup", () => _orders.Writer.TryWrite(server => Reload(server, loggers, log)));
        traps.OnUser(
            first: () => _orders.Writer.TryWrite(_ => Reopen(loggers, log)),
            second: () => _orders.Writer.TryWrite(server => _ = RetireAsync(server, log)));
    }

    private async Task ObeyAsync(NatsServer server)
    {
        await foreach (var order in _orders.Reader.ReadAllAsync().ConfigureAwait(false))
            order(server);
    }

    private async Task RetireAsync(NatsServer server, ILogger log)
    {
        try
        {
            await server.RetireAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the server was told to go.
        catch (Exception e)
#pragma warning restore CA1031
        {
            RetireFailed(log, e.Message);
        }

        _stop.TrySetResult();
    }

    private static void Reopen(TextLoggerFactory loggers, ILogger log)
    {
        try
        {
            if (loggers.Reopen())
                Reopened(log);
            else
                NothingToReopen(log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ReopenFailed(log, e.Message);
        }
    }

    /// <summary>Has the settings read anew in turn with what signals ask for, and waits for the end of it.</summary>
    /// <exception cref="ServerProgramException">It could not be done; then all stays as it is.</exception>
    private void ReloadOnRequest(TextLoggerFactory loggers, ILogger log)
    {
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_orders.Writer.TryWrite(server => done.SetResult(Reload(server, loggers, log))))
            throw new ServerProgramException("the server is stopping");
        if (done.Task.GetAwaiter().GetResult() is { } reason)
            throw new ServerProgramException(reason);
    }

    /// <summary>Reads the settings anew. What is wrong with them is logged and returned, and then all stays as it is.</summary>
    private string? Reload(NatsServer server, TextLoggerFactory loggers, ILogger log)
    {
        try
        {
            var settings = _startup.Read(out var configuration);
            if (configuration is null)
                throw new ServerProgramException("can only reload config when a file is provided using -c or --config");
            foreach (string warning in configuration.Warnings)
                Warning(log, warning);
            ChangeTo(settings, server, loggers, log);
            ReloadDone(log, configuration.Digest);
            return null;
        }
        catch (Exception e) when (e is ServerProgramException or ServerConfigurationException or NatsServerOptionsException)
        {
            ReloadFailed(log, e.Message);
            return e.Message;
        }
    }

    private void ChangeTo(ServerSettings settings, NatsServer server, TextLoggerFactory loggers, ILogger log)
    {
        var output = PlaceOfLog(settings) != PlaceOfLog(_settings) ? OpenLog(settings) : null;
        IReadOnlyList<string> changes;
        try
        {
            // First, since connections look at it when they see the new options.
            loggers.Change(FormatOf(settings), output: null);
            changes = server.Reload(OptionsOf(settings, loggers));
        }
        catch
        {
            loggers.Change(FormatOf(_settings), output: null);
            output?.Dispose();
            throw;
        }

        loggers.Change(FormatOf(settings), output);
        if (settings.PidFile != _settings.PidFile)
            PidFile.Write(settings.PidFile);
        if (settings.PortsFileDirectory != _settings.PortsFileDirectory)
        {
            _ports?.Dispose();
            _ports = PortsFile.Write(settings.PortsFileDirectory, server);
        }

        foreach (string change in SettingsChanges.Between(_settings, settings).Concat(changes))
            Reloaded(log, change);
        _settings = settings;
    }

    private static NatsServerOptions OptionsOf(ServerSettings settings, TextLoggerFactory loggers)
    {
        return settings.Server with
        {
            LoggerFactory = loggers,
            JetStream = settings.JetStreamEnabled ? settings.JetStream : null,
        };
    }

    private static LogFormat FormatOf(ServerSettings settings)
    {
        return new LogFormat
        {
            Debug = settings.Debug,
            Trace = settings.Trace,
            Time = settings.LogTime,
            Utc = settings.LogTimeUtc,
        };
    }

    private static (string? File, long SizeLimit, int FilesMax, string? Remote, bool Syslog) PlaceOfLog(ServerSettings settings)
    {
        return (settings.LogFile, settings.LogSizeLimit, settings.LogFilesMax, settings.RemoteSyslog, settings.Syslog);
    }

    private static ILogOutput OpenLog(ServerSettings settings)
    {
        try
        {
            return settings switch
            {
                { LogFile: { } path } => new LogFile(path, settings.LogSizeLimit, settings.LogFilesMax, TimeProvider.System),
                { RemoteSyslog: { } address } => new SystemLog(
                    new SyslogOptions { Addresses = [SyslogAddress.Parse(address)], Facility = SyslogFacility.Kernel }),
                { Syslog: true } => new SystemLog(new SyslogOptions { Addresses = SyslogAddress.Local }),
                _ => new ErrorStreamOutput(),
            };
        }
        catch (SyslogException e)
        {
            throw new ServerProgramException(e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerProgramException($"error opening log file: {e.Message}", e);
        }
    }

    [LoggerMessage(201, LogLevel.Critical, "{Text}")]
    private static partial void Fatal(ILogger log, string text);

    [LoggerMessage(202, LogLevel.Information, "File log re-opened")]
    private static partial void Reopened(ILogger log);

    [LoggerMessage(203, LogLevel.Information, "File log re-open ignored, not a file logger")]
    private static partial void NothingToReopen(ILogger log);

    [LoggerMessage(204, LogLevel.Information, "Reloaded: {Change}")]
    private static partial void Reloaded(ILogger log, string change);

    [LoggerMessage(205, LogLevel.Information, "Reloaded server configuration ({Digest})")]
    private static partial void ReloadDone(ILogger log, string digest);

    [LoggerMessage(206, LogLevel.Error, "Failed to reload server configuration: {Reason}")]
    private static partial void ReloadFailed(ILogger log, string reason);

    [LoggerMessage(207, LogLevel.Warning, "{Text}")]
    private static partial void Warning(ILogger log, string text);

    [LoggerMessage(208, LogLevel.Debug, "{Text}")]
    private static partial void Note(ILogger log, string text);

    [LoggerMessage(210, LogLevel.Error, "Error opening the log file anew: {Reason}")]
    private static partial void ReopenFailed(ILogger log, string reason);

    [LoggerMessage(209, LogLevel.Error, "Lame duck mode failed: {Reason}")]
    private static partial void RetireFailed(ILogger log, string reason);
}
