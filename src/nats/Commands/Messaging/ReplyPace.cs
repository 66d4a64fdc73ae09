namespace Rivulet.Cli.Commands.Messaging;

/// <summary>
/// How long to wait for the next reply to one request. The first has the whole timeout. Later ones have what is left of
/// it when all replies are wanted, else the mean time of the replies so far and some time on top.
/// </summary>
internal sealed class ReplyPace(int repliesMax, TimeSpan timeout, TimeSpan replyTimeout)
{
    private TimeSpan _sum;
    private int _count;

    public TimeSpan Timeout { get; private set; } = timeout;

    /// <summary>Takes a reply into account. True when it was the last.</summary>
    /// <param name="rtt">Time from the request to the reply.</param>
    /// <param name="isEmpty">True for a reply without a body, which ends a row of replies.</param>
    public bool Count(TimeSpan rtt, bool isEmpty)
    {
        _count++;
        if (repliesMax == 0)
        {
            Timeout = timeout - rtt;
            return false;
        }

        if (_count == repliesMax || isEmpty)
        {
            return true;
        }

        _sum += rtt;
        Timeout = (_sum / _count) + replyTimeout;
        return false;
    }
}
