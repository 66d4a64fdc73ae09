using System.Text;
using Rivulet.Protocol;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Reads what a store shows to everybody, message by message.</summary>
internal static class StoreReader
{
    public static ModelStore Read(MessageStore store)
    {
        var read = new ModelStore();
        foreach (StreamLog stream in store.Streams)
            read.Streams.Add(stream.Identity.Name, Read(stream));
        return read;
    }

    public static ModelStream Read(StreamLog stream)
    {
        var read = new ModelStream
        {
            Configuration = Encoding.UTF8.GetString(stream.Configuration.Span),
            Limits = stream.Limits,
            Last = stream.State.LastSequence,
        };
        using var message = new StoredMessage();
        ulong from = 1;
        ReadStatus status;
        while ((status = stream.ReadNext(from, FilterSet.All, message)) is ReadStatus.Found or ReadStatus.Damaged)
        {
            from = message.Sequence + 1;
            if (status == ReadStatus.Found)
                read.Messages.Add(Copy(message));
        }
        foreach (StreamAttachment attachment in stream.Attachments)
            read.Attachments.Add(attachment.Key, Copy(attachment));
        return read;
    }

    private static ModelMessage Copy(StoredMessage message) => new(
        message.Sequence, Encoding.UTF8.GetString(message.Subject), message.Payload.ToArray(), message.TimestampNanos);

    private static ModelAttachment Copy(StreamAttachment attachment) => new(
        Encoding.UTF8.GetString(attachment.Value.Span),
        [.. attachment.Deltas.Select(delta => Encoding.UTF8.GetString(delta.Span))]);
}
