using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Streams;

/// <summary>An unfinished batch: copies of the messages that have come, in their order.</summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class AtomicBatch : OpenBatch
{
    private readonly UnfinishedBatches _budget;
    private readonly List<StagedMessage> _messages = [];
    private long _bytes;

    /// <summary>Makes an empty batch, which has been counted in.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="budget">What all batches share.</param>
    public AtomicBatch(byte[] id, UnfinishedBatches budget)
        : base(id) => _budget = budget;

    /// <summary>Messages that have come.</summary>
    public int Count => _messages.Count;

    /// <inheritdoc/>
    public override long Bytes => _bytes;

    /// <summary>Whether a message ended it that is not part of it.</summary>
    public bool IsEndedBehindLast { get; set; }

    /// <summary>A message that has come, the first is 0.</summary>
    public StagedMessage this[int index] => _messages[index];

    /// <summary>Adds a message.</summary>
    /// <param name="message">The message; copied.</param>
    /// <param name="headers">Its header block, which may be another than the one it came with.</param>
    /// <returns>False if the batches of the server hold too much already.</returns>
    public bool TryAdd(in RoutedMessage message, ReadOnlySpan<byte> headers)
    {
        var staged = new StagedMessage(message.Subject, headers, message.Payload);
        if (!_budget.TryHold(staged.SizeBytes))
            return false;
        _bytes += staged.SizeBytes;
        _messages.Add(staged);
        return true;
    }

    /// <summary>Takes the last message back.</summary>
    public void RemoveLast()
    {
        long bytes = _messages[^1].SizeBytes;
        _messages.RemoveAt(_messages.Count - 1);
        _bytes -= bytes;
        _budget.Release(bytes);
    }
}

/// <summary>A copy of a message that waits for the end of its batch. Immutable.</summary>
internal sealed class StagedMessage
{
    private const int OverheadBytes = 100;

    private readonly byte[] _bytes;
    private readonly int _subjectLength;
    private readonly int _headersLength;

    public StagedMessage(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        _bytes = [.. subject, .. headers, .. payload];
        _subjectLength = subject.Length;
        _headersLength = headers.Length;
    }

    /// <summary>Its subject.</summary>
    public ReadOnlyMemory<byte> Subject => _bytes.AsMemory(0, _subjectLength);

    /// <summary>Its header block.</summary>
    public ReadOnlyMemory<byte> Headers => _bytes.AsMemory(_subjectLength, _headersLength);

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Payload => _bytes.AsMemory(_subjectLength + _headersLength);

    /// <summary>About how much memory it takes, in bytes.</summary>
    public long SizeBytes => _bytes.Length + OverheadBytes;
}
