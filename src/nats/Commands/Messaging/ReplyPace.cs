namespace Rivulet.Cli.Commands.Messaging;

/// <summary>
/// How long to wait for the next reply to one request. The first has the whole timeout. Later ones have what is left of
/// it when all replies are wanted, else the mean time of the replies so far and some time on top.
/// </summary>
internal sealed class ReplyPace
{
    private readonly int _repliesMax;
    private readonly TimeSpan _wholeTimeout;
    private readonly TimeSpan _replyTimeout;
    private TimeSpan _sum;
    private int _count;

    /// <param name="repliesMax">Replies wanted; 0 for all.</param>
    /// <param name="timeout">Time for the first reply, or for all of them.</param>
    /// <param name="replyTimeout">Time on top of the mean for each later one.</param>
    public ReplyPace(int repliesMax, TimeSpan timeout, TimeSpan replyTimeout)
    {
        (_repliesMax, _wholeTimeout, _replyTimeout) = (repliesMax, timeout, replyTimeout);
        Timeout = timeout;
    }

    /// <summary>How long to wait for the next reply.</summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>Takes a reply into account. True when it was the last.</summary>
    /// <param name="rtt">Time from the request to the reply.</param>
    /// <param name="isEmpty">True for a reply without a body, which ends a row of replies.</param>
    public bool Count(TimeSpan rtt, bool isEmpty)
    {
        _count++;
        if (_repliesMax == 0)
        {
            Timeout = _wholeTimeout - rtt;
            return false;
        }

        if (_count == _repliesMax || isEmpty)
        {
            return true;
        }

        _sum += rtt;
        Timeout = (_sum / _count) + _replyTimeout;
        return false;
    }
}
