using Rivulet.Server.Transports;
using Rivulet.Server.Work;

namespace Rivulet.Server.Connections;

/// <summary>
/// Before a receive loop waits for input, it looks for it a few microseconds longer, if its connection is the only one that is
/// busy: then the client is most likely about to send, and to sleep and be woken would take longer than that.
/// </summary>
/// <remarks>
/// One connection's, used by its receive loop. Looking in vain makes it rarer by and by: a client that leaves more time between
/// two requests costs one look in a thousand of them, and one that is silent none. Decision: docs/adr/0055-polling-for-input.md.
/// </remarks>
internal sealed class InputPoll
{
    private const int LooksMax = 64;
    private const int PauseIterations = 20;
    private const int VainShiftMax = 10;

    // Deliveries that may want this processor go first. Where there are many they have threads, and the later they come the more
    // of them go out at once.
    private const int FewItems = 2;

    private static readonly TimeSpan LookFor = TimeSpan.FromMicroseconds(30);

    private readonly BusyConnection _busy;
    private readonly ulong _connection;
    private readonly TimeProvider _time;
    private readonly WorkScheduler _work;
    private readonly long _ticks;
    private int _vain;
    private int _skip;

    /// <summary>For a connection.</summary>
    /// <param name="busy">What all connections of the server have in common.</param>
    /// <param name="connection">Its id.</param>
    /// <param name="time">The clock.</param>
    /// <param name="work">What else the server has to do.</param>
    public InputPoll(BusyConnection busy, ulong connection, TimeProvider time, WorkScheduler work)
    {
        (_busy, _connection, _time) = (busy, connection, time);
        _work = work;
        _ticks = (long)(LookFor.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Takes what comes soon.</summary>
    /// <returns>Whether anything came, the end of the input included; if not, it is to be waited for.</returns>
    public bool TryReceive(IByteTransport transport, Span<byte> buffer, out TransportResult received)
    {
        received = default;
        if (!_busy.IsAlone(_connection) || !transport.CanLook)
            return false;
        if (_skip > 0)
        {
            _skip--;
            return false;
        }

        long end = _time.GetTimestamp() + _ticks;
        for (int looks = 0; looks < LooksMax; looks++)
        {
            received = transport.TryReceive(buffer);
            if (received.Status != TransportStatus.WouldBlock)
            {
                _vain = 0;
                return true;
            }

            if (_time.GetTimestamp() >= end)
                break;
            if (_work.Unfinished is > 0 and <= FewItems)
                Thread.Yield();
            else
                Thread.SpinWait(PauseIterations);
        }

        _vain = Math.Min(_vain + 1, VainShiftMax);
        _skip = (1 << _vain) - 1;
        return false;
    }
}
