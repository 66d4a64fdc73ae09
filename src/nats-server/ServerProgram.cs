using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Host.CommandLine;
using Rivulet.Server.Host.Files;
using Rivulet.Server.Host.Logging;

namespace Rivulet.Server.Host;

/// <summary>Runs a server until a signal ends it.</summary>
internal static partial class ServerProgram
{
    // Read by the runtime when it opens its first socket. Set, a connection is served on the thread that learnt of its
    // input, instead of one that the thread pool has to wake: half the processor time for each small request. Only a
    // process that does nothing but serve may do this, so the library leaves it alone.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Runs a server; the result is the exit code.</summary>
    public static async Task<int> RunAsync(ServerSettings settings)
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        using var loggers = OpenLog(settings);
        var log = loggers.CreateLogger("Rivulet.Server.Host");
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = Trap(PosixSignal.SIGINT, "interrupt", log, stop);
        using var terminate = Trap(PosixSignal.SIGTERM, "terminated", log, stop);
        using var quit = Trap(PosixSignal.SIGQUIT, "quit", log, stop);
        var options = settings.Server with
        {
            LoggerFactory = loggers,
            JetStream = settings.JetStreamEnabled ? settings.JetStream : null,
        };

        try
        {
            await using var server = await NatsServer.StartAsync(options).ConfigureAwait(false);
            WritePid(settings.PidFile);
            using var ports = WritePorts(settings.PortsFileDirectory, server);
            await stop.Task.ConfigureAwait(false);
            await server.StopAsync().ConfigureAwait(false);
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
    }

    private static TextLoggerFactory OpenLog(ServerSettings settings)
    {
        var format = new LogFormat
        {
            Debug = settings.Debug,
            Trace = settings.Trace,
            Time = settings.LogTime,
            Utc = settings.LogTimeUtc,
            Colours = settings.LogFile is null && !Console.IsErrorRedirected,
        };
        try
        {
            Stream output = settings.LogFile is { } path
                ? new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
                : Console.OpenStandardError();
            return new TextLoggerFactory(output, format);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerProgramException($"error opening log file: {e.Message}", e);
        }
    }

    private static PosixSignalRegistration Trap(PosixSignal signal, string name, ILogger log, TaskCompletionSource stop)
    {
        return PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (!stop.Task.IsCompleted)
                Trapped(log, name);
            stop.TrySetResult();
        });
    }

    private static void WritePid(string? path)
    {
        if (path is null)
            return;
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerProgramException($"could not write pidfile: {e.Message}", e);
        }
    }

    private static PortsFile? WritePorts(string? directory, NatsServer server)
    {
        if (directory is null)
            return null;
        try
        {
            return PortsFile.Write(directory, server.ClientUrls);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerProgramException($"could not write ports file: {e.Message}", e);
        }
    }

    [LoggerMessage(200, LogLevel.Information, "Trapped \"{Signal}\" signal")]
    private static partial void Trapped(ILogger log, string signal);

    [LoggerMessage(201, LogLevel.Critical, "{Text}")]
    private static partial void Fatal(ILogger log, string text);
}
