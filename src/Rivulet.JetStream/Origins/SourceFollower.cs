using System.Text;
using Rivulet.JetStream.Consumers.State;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// Takes the messages of another stream into one that may have several sources and subjects of its own. Each gets a header that
/// says where it comes from.
/// </summary>
/// <remarks>
/// How far it has come is written down behind each slice, in the same log as its messages. A crash in between leaves messages that
/// the position does not know; their headers do, so only what the stream has above <see cref="SourcePosition.OwnLast"/> is looked
/// through at the next start. A source that no position is known of looks for its newest message in the whole stream.
/// </remarks>
internal sealed class SourceFollower : OriginFollower
{
    private const int ScanSlice = 256;

    private readonly CopiedHeaders _headers = new();
    private readonly VarintWriter _record = new();
    private readonly string _key;
    private readonly byte[] _index;
    private byte[] _header = new byte[256];
    private byte[] _identity = [];
    private ulong _copied;
    private ulong _scanFrom;
    private readonly ulong _scanDownTo;
    private bool _isKnown;
    private bool _isScanned;
    private bool _isRecreated;
    private volatile bool _isChanged;

    /// <summary>For a source.</summary>
    /// <param name="target">The stream that takes it.</param>
    /// <param name="source">What its configuration says.</param>
    /// <param name="index">What tells it from the others, see <see cref="OriginNames.IndexOf"/>.</param>
    /// <param name="written">Where it was according to the log; <c>null</c> if nothing says so.</param>
    public SourceFollower(JetStreamStream target, StreamSource source, string index, SourcePosition? written)
        : base(target, source)
    {
        Index = index;
        _index = Encoding.UTF8.GetBytes(index);
        _key = SourcePosition.KeyOf(index);
        if (written is not { } position)
            return;
        _isKnown = true;
        _copied = position.Copied;
        _identity = position.Identity.ToArray();
        _scanDownTo = position.OwnLast;
        Next = position.Next;
    }

    /// <summary>What tells it from the other sources of its stream.</summary>
    public string Index { get; }

    /// <inheritdoc/>
    protected override string ConsumerName =>
        Source.Consumer?.Name ?? OriginNames.SourceConsumerOf(Target, Source, Target.Config.Sources ?? []);

    /// <inheritdoc/>
    protected override OriginKind Kind => OriginKind.Source;

    /// <inheritdoc/>
    public override StreamSourceInfo Describe(bool isNew)
    {
        StreamSourceInfo info = base.Describe(isNew);
        if (!isNew)
            info.Sequence = Volatile.Read(ref _copied);
        return info;
    }

    /// <summary>Under the writer lock: writes down how far it has come, if that has changed.</summary>
    public override void WriteDown()
    {
        if (!_isChanged)
            return;
        _isChanged = false;
        new SourcePosition(Next, _copied, Target.Log.Tail.LastSequence, _identity).Write(_record);
        Target.Log.SetAttachment(_key, _record.Written);
    }

    /// <summary>Under the writer lock: leaves what was written down for whoever takes the stream up next while the store stays open.</summary>
    public void Leave()
    {
        if (_record.Length > 0)
            Target.Log.LeaveAttachment(_key, _record.Written);
    }

    /// <inheritdoc/>
    protected override bool Begin(JetStreamStream origin)
    {
        if (!_isScanned && !Scan())
            return false;
        byte[] identity = Encoding.ASCII.GetBytes(OriginNames.IdentityOf(origin));
        if (_isKnown && _identity.Length > 0 && !_identity.AsSpan().SequenceEqual(identity))
        {
            (_isKnown, _isRecreated) = (false, true);
            Volatile.Write(ref _copied, 0);
        }

        _identity = identity;
        if (!_isKnown)
            Next = StartIn(origin);
        _isKnown = true;

        // From here on a restart goes on from this place, whatever else happens in the stream until the first message.
        lock (Target.WriterLock)
        {
            if (IsOver)
                return false;
            _isChanged = true;
            WriteDown();
        }

        Target.Store.DeliverCommits();
        return true;
    }

    /// <inheritdoc/>
    protected override PublishReply Take(ref PublishEffects effects)
    {
        int lengthMax = _index.Length + Message.Subject.Length + _identity.Length + 25;
        if (_header.Length < lengthMax)
            _header = new byte[lengthMax];
        int length = SourceHeader.Write(_header, _index, Message.Sequence, Message.Subject, _identity);
        var copy = new RoutedMessage(
            Filter.Rename(Message.Subject),
            default,
            _headers.ForSource(Message.Headers, _header.AsSpan(0, length)),
            Message.Payload,
            publisher: null);
        while (true)
        {
            PublishReply reply;
            lock (Target.WriterLock)
            {
                if (IsOver)
                    return default;
                reply = Target.Publishing.Copies.AppendSourced(copy, ref effects);
                if (reply.Error is null && reply.Kind != PublishReplyKind.Unread)
                {
                    if (reply.Kind != PublishReplyKind.Duplicate)
                        Volatile.Write(ref _copied, Message.Sequence);
                    Next = Message.Sequence + 1;
                    _isChanged = true;
                }
            }

            if (reply.Kind != PublishReplyKind.Unread)
                return reply;
            Target.Publishing.Copies.Load(reply.Number);
        }
    }

    /// <summary>
    /// Goes back through what the stream has that the written position does not know of, for the newest message of this source.
    /// </summary>
    /// <returns>Whether that is done.</returns>
    private bool Scan()
    {
        if (_scanFrom == 0)
        {
            ulong last;
            lock (Target.WriterLock)
                last = Target.Log.Tail.LastSequence;
            if (last > Target.Consumers.LastCommitted)
            {
                Target.Store.WhenCommitted(Target.Store.Appended, this);
                return false;
            }

            _scanFrom = last;
        }

        for (int count = 0; count < ScanSlice; count++)
        {
            ulong sequence = _scanFrom <= _scanDownTo ? 0 : Target.Log.FindLast(default, _scanFrom);
            _isScanned = sequence <= _scanDownTo || (Target.Log.Read(sequence, Message) == ReadStatus.Found && TakeScanned());
            if (_isScanned)
                return true;
            _scanFrom = sequence - 1;
        }

        GoOn();
        return false;
    }

    /// <returns>Whether the message that was read is of this source.</returns>
    private bool TakeScanned()
    {
        bool isOurs = new HeaderBlock(Message.Headers).TryGet(SourceHeader.Name, out ReadOnlySpan<byte> value)
            & SourceHeader.TryParse(value, out SourceHeader header)
            && header.IsFrom(_index);
        if (!isOurs)
            return false;
        _isKnown = true;
        Volatile.Write(ref _copied, header.Sequence);
        _identity = header.Identity.ToArray();
        Next = header.Sequence + 1;
        return true;
    }

    private ulong StartIn(JetStreamStream origin)
    {
        if (Source.StartSequence > 0)
            return Source.StartSequence;

        // A stream that had messages and has them no more may have had those of this source: what is older is not taken again.
        StreamState own = Target.Log.State;
        long lastNanos = own.LastTimestampNanos;
        if (Source.StartTimeNanos is { } time)
            return origin.Log.FindByTime(lastNanos > 0 ? Math.Max(time, lastNanos) : time);
        return own.FirstSequence > 1 && lastNanos > 0 && !_isRecreated ? origin.Log.FindByTime(lastNanos) : 1;
    }
}
