using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>Log lines as messages to a syslog daemon.</summary>
/// <remarks>
/// Whoever logs puts messages into a queue and never waits; a thread of its own sends them, connects again to a daemon that was
/// restarted, and holds what it has until that daemon is there.
/// </remarks>
internal sealed class SystemLog : ILogOutput
{
    private const long RetryMillisecondsMin = 100;
    private const long RetryMillisecondsMax = 5000;

    private readonly SyslogOptions _options;
    private readonly SyslogQueue _queue;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _end = new();
    private long _endBy = long.MaxValue;

    // The thread's own.
    private SyslogSocket? _socket;
    private bool _isTroubleTold;

    /// <summary>Connects to the daemon.</summary>
    /// <exception cref="SyslogException">It cannot be reached, or there is none on this system.</exception>
    public SystemLog(SyslogOptions options)
    {
        _options = options;
        if (options.Addresses.Count == 0)
        {
            throw new SyslogException(
                "the system log is not supported on this system: log to a file (--log, log_file), or to a syslog server (--remote_syslog, remote_syslog)");
        }

        try
        {
            _socket = Connect();
        }
        catch (SyslogException e)
        {
            throw new SyslogException($"error connecting to syslog: \"{e.Message}\"", e);
        }

        _queue = new SyslogQueue(new SyslogHead(options, isRemote: !options.Addresses[0].IsPath), options.WaitingBytesMax);
        _thread = new Thread(Run) { IsBackground = true, Name = "Rivulet system log" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool IsTerminal => false;

    /// <inheritdoc/>
    public bool HasOwnHead => true;

    private bool IsTooLate => Environment.TickCount64 >= Volatile.Read(ref _endBy);

    /// <inheritdoc/>
    public void Write(LogLevel level, ReadOnlySpan<byte> line)
    {
        _queue.Add(level, line);
    }

    /// <inheritdoc/>
    public string? Turn()
    {
        return null;
    }

    /// <inheritdoc/>
    public bool Reopen()
    {
        return false;
    }

    /// <summary>Sends what waits, for as long as that may take, and ends.</summary>
    public void Dispose()
    {
        if (Volatile.Read(ref _endBy) != long.MaxValue)
            return;
        Volatile.Write(ref _endBy, Environment.TickCount64 + (long)_options.EndLimit.TotalMilliseconds);
        _queue.End();
        _end.Set();

        // It ends by itself, unless the name of the daemon's machine is being looked up.
        if (_thread.Join(_options.EndLimit * 2))
            _end.Dispose();
    }

    private void Run()
    {
        byte[] messages = [];
        while (_queue.Take(ref messages, out int length))
        {
            int left = SendAll(messages.AsSpan(0, length));
            if (left > 0)
            {
                Tell($"{left + _queue.CountLeft()} log lines were lost, because syslog did not take them in time");
                break;
            }
        }

        _socket?.Dispose();
    }

    /// <summary>Sends messages, over as many connections as it takes; how many are left at the end of the log.</summary>
    private int SendAll(ReadOnlySpan<byte> messages)
    {
        int failures = 0;
        while (true)
        {
            int sent = TrySend(messages, out string? failure);
            messages = messages[sent..];
            if (failure is null)
            {
                _isTroubleTold = false;
                return 0;
            }

            if (IsTooLate)
                return messages.Count((byte)'\n');

            // After one failure a new connection has a chance at once: the daemon was restarted, or refused a datagram before.
            failures = sent > 0 ? 1 : failures + 1;
            if (failures == 1)
                continue;
            if (!_isTroubleTold)
                Tell($"error writing to syslog: {failure}");
            _isTroubleTold = true;
            if (_end.Wait(Delay(failures)))
                return messages.Count((byte)'\n');
        }
    }

    private int TrySend(ReadOnlySpan<byte> messages, out string? failure)
    {
        int sent = 0;
        try
        {
            _socket ??= Connect();
            sent = _socket.Send(messages, stalled => IsTooLate || stalled > _options.StallLimit, out failure);
        }
        catch (SyslogException e)
        {
            failure = e.Message;
        }

        if (failure is not null)
        {
            _socket?.Dispose();
            _socket = null;
        }

        return sent;
    }

    private SyslogSocket Connect()
    {
        long start = Environment.TickCount64;
        return SyslogSocket.Connect(
            _options.Addresses, () => IsTooLate || Environment.TickCount64 - start > _options.StallLimit.TotalMilliseconds);
    }

    private void Tell(string trouble)
    {
        _options.Trouble($"nats-server: {trouble}");
    }

    private static TimeSpan Delay(int failures)
    {
        return TimeSpan.FromMilliseconds(Math.Min(RetryMillisecondsMin << Math.Min(failures - 2, 10), RetryMillisecondsMax));
    }
}
