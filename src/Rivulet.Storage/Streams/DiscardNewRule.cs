namespace Rivulet.Storage.Streams;

/// <summary>What a stream that discards new messages says to one.</summary>
internal static class DiscardNewRule
{
    /// <summary>Whether there is a limit by which <see cref="Judge"/> could refuse anything.</summary>
    public static bool MayRefuse(StreamLimits limits) =>
        limits.MaxMessages > 0 || limits.MaxBytes > 0 || limits.DiscardNewPerSubject;

    /// <summary>
    /// Whether a message may be stored. A subject at its limit makes room for one message by itself, if the message
    /// that it pushes out is large enough.
    /// </summary>
    /// <param name="limits">Of the stream.</param>
    /// <param name="messages">How many messages the stream holds.</param>
    /// <param name="bytes">Their accounted size.</param>
    /// <param name="sizeBytes">The accounted size of the new message.</param>
    /// <param name="replacedBytes">The accounted size of the oldest message of a subject that is full; else 0.</param>
    /// <param name="rollup">What the new message removes.</param>
    public static AppendStatus Judge(
        StreamLimits limits, ulong messages, ulong bytes, int sizeBytes, int replacedBytes, RollupScope rollup)
    {
        bool isFull = replacedBytes != 0;
        if (isFull && limits.DiscardNewPerSubject && rollup == RollupScope.None)
            return AppendStatus.MaximumMessagesPerSubjectExceeded;
        if (limits.MaxMessages > 0 && messages >= (ulong)limits.MaxMessages && !isFull)
            return AppendStatus.MaximumMessagesExceeded;
        if (limits.MaxBytes > 0 && bytes + (ulong)sizeBytes > (ulong)limits.MaxBytes && replacedBytes < sizeBytes)
            return AppendStatus.MaximumBytesExceeded;
        return AppendStatus.Stored;
    }
}
