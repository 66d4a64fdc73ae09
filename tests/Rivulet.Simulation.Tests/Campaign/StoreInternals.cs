using System.Globalization;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;
using Rivulet.Storage.Log;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Everything that a store knows after it was opened, as lines.</summary>
internal static class StoreInternals
{
    public static List<string> Of(FileMessageStore store)
    {
        FileStoreContext context = store.Context;
        var lines = new List<string> { $"{store.Streams.Count} streams, {context.Backends.Count} numbers up to {context.HighestStreamId}" };
        foreach (StreamLog stream in store.Streams.OrderBy(stream => stream.Identity.Name, StringComparer.Ordinal))
            lines.AddRange(Of(stream));
        foreach (FileStreamBackend backend in context.Backends.Values.OrderBy(backend => backend.StreamId))
        {
            lines.Add(
                $"number {backend.StreamId}: unknown {backend.IsUnknown}, deleted {backend.IsDeletionCommitted}, " +
                $"unfinished {string.Join(',', backend.Unfinished.Order())}, in {backend.Footprint}");
        }
        foreach (LogSegment segment in context.Segments.InOrder)
        {
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{segment.FileName}: {segment.LiveBytes} live, ends in a batch {segment.EndsInBatch}"));
        }
        return lines;
    }

    private static IEnumerable<string> Of(StreamLog stream)
    {
        StreamState state = stream.State;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{stream.Identity} of {stream.CreatedNanos}, {stream.Limits}, {Convert.ToHexString(stream.Configuration.Span)}");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"  {state.Messages} messages of {state.Bytes} bytes from {state.FirstSequence} to {state.LastSequence}, {state.Subjects} subjects, last at {state.LastTimestampNanos}, {state.Deleted} deleted, lost {string.Join(',', state.Lost)}, tail {stream.Tail}");
        foreach (StreamAttachment attachment in stream.Attachments.OrderBy(each => each.Key, StringComparer.Ordinal))
            yield return $"  {attachment.Key}: {Convert.ToHexString(attachment.Value.Span)} {string.Join(' ', attachment.Deltas.Select(delta => Convert.ToHexString(delta.Span)))}";
        foreach (ModelMessage message in StoreReader.Read(stream).Messages)
            yield return $"  {message} at {message.TimestampNanos}";
    }
}
