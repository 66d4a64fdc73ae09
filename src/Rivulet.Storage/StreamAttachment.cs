namespace Rivulet.Storage;

/// <summary>
/// Something opaque that lives with a stream, such as the state of a consumer: a value and the changes appended to it
/// since. As found when the store was opened.
/// </summary>
/// <param name="Key">Its name within the stream.</param>
/// <param name="Value">What was last set; empty when only changes were appended.</param>
/// <param name="Deltas">What was appended since, oldest first.</param>
public sealed record StreamAttachment(
    string Key, ReadOnlyMemory<byte> Value, IReadOnlyList<ReadOnlyMemory<byte>> Deltas);
