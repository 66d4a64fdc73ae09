using System.Buffers;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Publishes what a stream has stored once more, on another subject, after its commit. <see cref="Note"/> is called under
/// the stream's writer lock, <see cref="OnCommitted"/> on the committing thread.
/// </summary>
internal sealed class Republisher
{
    /// <summary>Longest subject that is published; a longer one could not be received by any client.</summary>
    private const int SubjectBytesMax = 4096;

    private readonly JetStreamStream _stream;
    private readonly SubjectTransform _transform;
    private readonly Random _random;
    private readonly bool _headersOnly;
    private readonly byte[] _name;
    private readonly Lock _gate = new();
    private readonly Queue<(ulong Sequence, ulong LastOfSubject)> _noted = new();

    private Republisher(JetStreamStream stream, SubjectTransform transform, bool headersOnly)
    {
        _stream = stream;
        _transform = transform;
        _headersOnly = headersOnly;
        Random seeds = stream.Account.Engine.Host.Random;
        lock (seeds)
            _random = new Random(seeds.Next());
        _name = System.Text.Encoding.UTF8.GetBytes(stream.Name);
    }

    /// <summary>The republisher that a configuration asks for, <c>null</c> if it does not.</summary>
    public static Republisher? Create(JetStreamStream stream, StreamConfig config) =>
        config.Republish is { } republish
        && SubjectTransform.TryParse(republish.Source ?? ">", republish.Destination, out SubjectTransform? transform)
            ? new Republisher(stream, transform, republish.HeadersOnly)
            : null;

    /// <summary>Whether messages of a subject are republished.</summary>
    public bool Wants(ReadOnlySpan<byte> subject) => _transform.Matches(subject);

    /// <summary>Remembers which sequence was the last of the subject before a message, until its commit.</summary>
    public void Note(ulong sequence, ulong lastOfSubject)
    {
        lock (_gate)
            _noted.Enqueue((sequence, lastOfSubject));
    }

    /// <summary>Publishes the new messages of a commit.</summary>
    public void OnCommitted(in StreamCommit commit, DeliveryBatch batch)
    {
        foreach (CommittedMessage message in commit)
        {
            if (Wants(message.Subject))
                Publish(message, TakeNoted(message.Sequence), batch);
        }
    }

    private ulong TakeNoted(ulong sequence)
    {
        lock (_gate)
        {
            while (_noted.TryPeek(out (ulong Sequence, ulong LastOfSubject) first) && first.Sequence <= sequence)
            {
                _noted.Dequeue();
                if (first.Sequence == sequence)
                    return first.LastOfSubject;
            }

            return 0;
        }
    }

    private void Publish(in CommittedMessage message, ulong lastOfSubject, DeliveryBatch batch)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SubjectBytesMax);
        int length = _transform.Apply(message.Subject, buffer, _random);
        if (length > 0)
        {
            var headers = new HeaderBlockBuilder(stackalloc byte[512]);
            headers.Start();
            if (!message.Headers.IsEmpty)
                headers.AddRaw(new HeaderBlock(message.Headers).Pairs);
            Span<byte> time = stackalloc byte[Rfc3339.LengthMax];
            headers.Add("Nats-Stream"u8, _name);
            headers.Add("Nats-Subject"u8, message.Subject);
            headers.Add("Nats-Sequence"u8, message.Sequence);
            headers.Add("Nats-Time-Stamp"u8, time[..Rfc3339.Format(message.TimestampNanos, time)]);
            headers.Add("Nats-Last-Sequence"u8, lastOfSubject);
            if (_headersOnly)
                headers.Add("Nats-Msg-Size"u8, message.Payload.Length);
            ReadOnlySpan<byte> payload = _headersOnly ? default : message.Payload;
            _stream.Router.Publish(buffer.AsSpan(0, length), default, headers.Finish(), payload, batch);
            headers.Dispose();
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}
