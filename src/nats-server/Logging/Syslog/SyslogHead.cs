using System.Globalization;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>What a message begins with: how grave it is, when, and by whom.</summary>
/// <remarks>
/// As the reference server has it from Go's library: the old form of RFC 3164 for sockets of this machine, and over a network the
/// time in RFC 3339 and the name of the machine.
/// </remarks>
internal sealed class SyslogHead
{
    private readonly SyslogOptions _options;
    private readonly bool _isRemote;
    private readonly string _host;
    private readonly string _source;

    /// <summary>The head of messages of one program.</summary>
    /// <param name="options">Who it is.</param>
    /// <param name="isRemote">Whether the messages go over a network.</param>
    public SyslogHead(SyslogOptions options, bool isRemote)
    {
        _options = options;
        _isRemote = isRemote;
        _host = isRemote ? $"{options.HostName} " : "";
        _source = string.Create(CultureInfo.InvariantCulture, $"{options.Tag}[{options.ProcessId}]: ");
        BytesMax = 64 + (3 * (_host.Length + _source.Length));
    }

    /// <summary>Most bytes that it takes.</summary>
    public int BytesMax { get; }

    /// <summary>Writes one; returns its length.</summary>
    /// <param name="to">Where to, with room for <see cref="BytesMax"/>.</param>
    /// <param name="level">The level of the message.</param>
    public int Write(Span<byte> to, LogLevel level)
    {
        var now = _options.Time.GetLocalNow();
        int priority = (int)_options.Facility + Severity(level);
        int length;
        bool fits = _isRemote
            ? Utf8.TryWrite(to, CultureInfo.InvariantCulture, $"<{priority}>{now:yyyy-MM-dd'T'HH:mm:ss}{Zone(now)} {_host}{_source}", out length)
            : Utf8.TryWrite(to, CultureInfo.InvariantCulture, $"<{priority}>{now:MMM} {now.Day,2} {now:HH:mm:ss} {_source}", out length);
        return fits ? length : throw new ArgumentException("no room for the head of a message", nameof(to));
    }

    private static string Zone(DateTimeOffset now)
    {
        return now.Offset == TimeSpan.Zero ? "Z" : now.ToString("zzz", CultureInfo.InvariantCulture);
    }

    // Trace lines are as grave as notices, as the reference server has it.
    private static int Severity(LogLevel level)
    {
        return level switch
        {
            LogLevel.Critical => 2,
            LogLevel.Error => 3,
            LogLevel.Warning => 4,
            LogLevel.Debug => 7,
            _ => 5,
        };
    }
}
