using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>
/// Messages on their way to a daemon, one behind the other, each with its line end: as many as have room. Those that come then are
/// counted, and a message in their place says how many they were.
/// </summary>
/// <remarks>Thread-safe, for one who takes.</remarks>
internal sealed class SyslogQueue
{
    // What a datagram takes, and more than daemons do.
    private const int TextBytesMax = 64_000;
    private const int BytesMin = 4096;
    private const int KeptBytesMax = 64 * 1024;

    private readonly object _gate = new();
    private readonly SyslogHead _head;
    private readonly int _bytesMax;
    private byte[] _waiting = new byte[BytesMin];
    private int _length;
    private long _lost;
    private bool _hasEnded;

    /// <summary>A queue that has nothing yet.</summary>
    public SyslogQueue(SyslogHead head, int bytesMax)
    {
        _head = head;
        _bytesMax = bytesMax;
    }

    /// <summary>Puts a text at the end, a message for each line of it.</summary>
    public void Add(LogLevel level, ReadOnlySpan<byte> text)
    {
        text = text.EndsWith("\n"u8) ? text[..^1] : text;
        lock (_gate)
        {
            foreach (var range in text.Split((byte)'\n'))
            {
                if (_hasEnded || !TryAppend(level, text[range]))
                    _lost++;
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for messages and takes all; false once there are none and the queue has ended.</summary>
    /// <param name="messages">A buffer that is given in return; then what was taken.</param>
    /// <param name="length">How long that is.</param>
    public bool Take(ref byte[] messages, out int length)
    {
        lock (_gate)
        {
            while (_length == 0 && !_hasEnded)
                Monitor.Wait(_gate);
            var free = messages.Length > KeptBytesMax ? new byte[BytesMin] : messages;
            (messages, length) = (_waiting, _length);
            (_waiting, _length) = (free, 0);
            if (_lost > 0 && length > 0)
            {
                string text = string.Create(
                    CultureInfo.InvariantCulture, $"{_lost} log lines were lost here, because syslog did not take them in time");
                if (TryAppend(LogLevel.Warning, Encoding.UTF8.GetBytes(text)))
                    _lost = 0;
            }

            return length > 0;
        }
    }

    /// <summary>Takes no more messages; whoever waits for some goes on.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>How many messages wait, and were lost without a message that says so.</summary>
    public long CountLeft()
    {
        lock (_gate)
            return _lost + _waiting.AsSpan(0, _length).Count((byte)'\n');
    }

    private bool TryAppend(LogLevel level, ReadOnlySpan<byte> line)
    {
        line = Cut(line);
        int needed = _length + _head.BytesMax + line.Length + 1;
        if (needed > _bytesMax)
            return false;
        if (needed > _waiting.Length)
            Array.Resize(ref _waiting, Math.Min(Math.Max(needed, 2 * _waiting.Length), _bytesMax));
        _length += _head.Write(_waiting.AsSpan(_length), level);
        line.CopyTo(_waiting.AsSpan(_length));
        _length += line.Length;
        _waiting[_length++] = (byte)'\n';
        return true;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> line)
    {
        if (line.Length <= TextBytesMax)
            return line;
        int length = TextBytesMax;
        while ((line[length] & 0xc0) == 0x80)
            length--;
        return line[..length];
    }
}
