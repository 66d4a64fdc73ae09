using Rivulet.JetStream.Consumers.State;

namespace Rivulet.JetStream.Origins;

/// <summary>
/// How far a stream has copied one of its sources, as it is kept in the stream's log. Layout: docs/formats/source-position.md.
/// </summary>
/// <param name="Next">The lowest sequence of the source that was not looked at.</param>
/// <param name="Copied">The last one that was copied; 0 for none.</param>
/// <param name="OwnLast">
/// The last sequence of the copying stream when this was written: what it has above that may have come from the source later.
/// </param>
/// <param name="Identity">Tells the source from other streams that had its name.</param>
internal readonly record struct SourcePosition(ulong Next, ulong Copied, ulong OwnLast, ReadOnlyMemory<byte> Identity)
{
    private const byte Version = 1;
    private const string KeyPrefix = "source.";

    /// <summary>Key of a source among the attachments of the stream that copies it.</summary>
    public static string KeyOf(string index) => KeyPrefix + index;

    /// <summary>Whether an attachment is the position of a source, and of which.</summary>
    public static bool TryGetIndex(string key, out string index)
    {
        bool isOurs = key.StartsWith(KeyPrefix, StringComparison.Ordinal);
        index = isOurs ? key[KeyPrefix.Length..] : "";
        return isOurs;
    }

    /// <summary>Writes it.</summary>
    public void Write(VarintWriter into)
    {
        into.Clear();
        into.Byte(Version);
        into.Number(Next);
        into.Number(Copied);
        into.Number(OwnLast);
        into.Bytes(Identity.Span);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>False if it is nothing of that kind.</returns>
    public static bool TryRead(ReadOnlySpan<byte> record, out SourcePosition position)
    {
        position = default;
        try
        {
            var reader = new VarintReader(record);
            if (reader.Byte() != Version)
                return false;
            position = new SourcePosition(reader.Number(), reader.Number(), reader.Number(), reader.Bytes().ToArray());
            return position.Next > position.Copied && reader.IsAtEnd;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
