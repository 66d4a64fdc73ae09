using System.Buffers.Text;
using System.Text;

namespace Rivulet.Client;

/// <summary>
/// Answers to single requests: one subscription, <c>&lt;inbox&gt;.*</c>, whose last token says which request an answer is
/// for. Requests wait in a table of slots; a token names the slot and the use of it, so that an answer that comes too late
/// finds nobody. Safe to use from any thread.
/// </summary>
internal sealed class RequestMultiplexer : SubscriptionTarget
{
    /// <summary>Bits of a token that name the slot; the rest counts the slot's uses.</summary>
    private const int SlotBits = 24;
    private const long SlotMask = (1L << SlotBits) - 1;
    private const int TokenDigitsMax = 20;

    private readonly NatsConnection _connection;
    private readonly byte[] _prefix;
    private readonly Lock _gate = new();
    private PendingRequest[] _slots = [];
    private PendingRequest[] _free = [];
    private int _freeCount;

    /// <param name="connection">The connection.</param>
    /// <param name="inbox">A subject of its own.</param>
    public RequestMultiplexer(NatsConnection connection, string inbox)
        : base(inbox + ".*", null, 0)
    {
        _connection = connection;
        _prefix = Encoding.UTF8.GetBytes(inbox + ".");
    }

    /// <summary>Most bytes of a reply subject.</summary>
    public int ReplyToMaxLength => _prefix.Length + TokenDigitsMax;

    /// <summary>Starts a request.</summary>
    /// <param name="subject">Where the request goes.</param>
    /// <param name="replyTo">Receives the reply subject; <see cref="ReplyToMaxLength"/> long.</param>
    /// <param name="timeout">Time for the answer; negative for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="replyToLength">Bytes of the reply subject.</param>
    /// <param name="request">The request, to be told what became of it.</param>
    /// <param name="token">The token of this use.</param>
    /// <returns>The answer. Must be awaited, once.</returns>
    public ValueTask<NatsResult<NatsMessage>> Start(
        ReadOnlySpan<byte> subject,
        Span<byte> replyTo,
        TimeSpan timeout,
        CancellationToken cancellationToken,
        out int replyToLength,
        out PendingRequest request,
        out long token)
    {
        request = Take();
        token = (++request.Uses << SlotBits) | (uint)request.Slot;
        _prefix.CopyTo(replyTo);
        Utf8Formatter.TryFormat(token, replyTo[_prefix.Length..], out int digits);
        replyToLength = _prefix.Length + digits;
        return request.Start(token, subject, timeout, cancellationToken);
    }

    /// <summary>A request's use is over.</summary>
    public void Release(PendingRequest request)
    {
        lock (_gate)
            _free[_freeCount++] = request;
    }

    public override void Deliver(in InboundMessage message)
    {
        if (message.Subject.Length <= _prefix.Length
            || !Utf8Parser.TryParse(message.Subject[_prefix.Length..], out long token, out _))
            return;
        PendingRequest[] slots = Volatile.Read(ref _slots);
        long slot = token & SlotMask;
        if (token <= 0 || slot >= slots.Length)
            return;
        slots[slot].TryComplete(token, ToResult(new NatsMessage(_connection, message)));
    }

    /// <summary>The connection is closed.</summary>
    public override void Complete(Exception? error)
    {
        NatsConnectionClosedException closed = error as NatsConnectionClosedException ?? new NatsConnectionClosedException(error);
        foreach (PendingRequest request in Volatile.Read(ref _slots))
            request.Fail(closed);
    }

    /// <summary>Requests that went with a lost session get no answer.</summary>
    public void FailLost(long lostPosition, NatsException error)
    {
        foreach (PendingRequest request in Volatile.Read(ref _slots))
            request.FailIfSentBefore(lostPosition, error);
    }

    /// <summary>The server refused to publish to a subject: requests to it get no answer.</summary>
    public void FailRefused(string subject, NatsException error)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        foreach (PendingRequest request in Volatile.Read(ref _slots))
            request.FailIfSentTo(bytes, error);
    }

    private static NatsResult<NatsMessage> ToResult(NatsMessage message) =>
        message.Payload.IsEmpty && message.Status == 503
            ? new NatsNoRespondersException(NoRespondersSubject(message))
            : message;

    private static string NoRespondersSubject(NatsMessage message) =>
        message.HeaderBlock.TryGet("Nats-Subject"u8, out ReadOnlySpan<byte> subject)
            ? Encoding.UTF8.GetString(subject)
            : "";

    private PendingRequest Take()
    {
        lock (_gate)
        {
            if (_freeCount == 0)
                Grow();
            return _free[--_freeCount];
        }
    }

    /// <summary>Doubles the table. Readers without the lock see the old one or the new one, both right.</summary>
    private void Grow()
    {
        int before = _slots.Length;
        int after = Math.Max(16, before * 2);
        if (after > SlotMask)
            throw new InvalidOperationException("Too many requests are waiting for their answers.");
        PendingRequest[] slots = new PendingRequest[after];
        _slots.CopyTo(slots, 0);
        PendingRequest[] free = new PendingRequest[after];
        for (int slot = before; slot < after; slot++)
        {
            slots[slot] = new PendingRequest(this, slot, _connection.Options.TimeProvider);
            free[_freeCount++] = slots[slot];
        }

        _free = free;
        Volatile.Write(ref _slots, slots);
    }
}
