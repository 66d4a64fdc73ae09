using Rivulet.JetStream.Consumers.State;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// What a bucket remembers of removals that left no message behind, as it is kept in the stream's log. Layout:
/// docs/formats/bucket-revisions.md.
/// </summary>
/// <param name="Removals">How often values have gone without a message that says so.</param>
/// <param name="Silent">The last sequence when that happened last. Who has seen less cannot go on from there.</param>
/// <param name="Marked">The highest sequence of a deletion that is gone with all of its key. Who has seen it may go on.</param>
/// <param name="HeldFrom">
/// As of this sequence and later ones, none of these removals took the value of a key.
/// </param>
internal sealed record BucketFloors(ulong Removals, ulong Silent, ulong Marked, ulong HeldFrom)
{
    /// <summary>Key of the record among the attachments of the stream.</summary>
    public const string AttachmentKey = "bucket.revisions";

    private const byte Version = 1;

    /// <summary>Nothing has gone.</summary>
    public static BucketFloors None { get; } = new(0, 0, 0, 0);

    /// <summary>Anything may have gone, up to a sequence.</summary>
    public static BucketFloors Unknown(ulong lastSequence) => new(1, lastSequence, 0, lastSequence);

    /// <summary>Values went without a trace.</summary>
    /// <param name="lastSequence">The last sequence at the time.</param>
    public BucketFloors WithSilent(ulong lastSequence) => this with
    {
        Removals = Removals + 1,
        Silent = Math.Max(Silent, lastSequence),
        HeldFrom = Math.Max(HeldFrom, lastSequence),
    };

    /// <summary>A deletion went.</summary>
    public BucketFloors WithMarked(ulong sequence) =>
        this with { Marked = Math.Max(Marked, sequence), HeldFrom = Math.Max(HeldFrom, sequence) };

    /// <summary>A value went that a newer one had replaced.</summary>
    public BucketFloors WithReplaced(ulong newer) => this with { HeldFrom = Math.Max(HeldFrom, newer) };

    /// <summary>
    /// The lowest revision that a watcher may go on from who has seen all up to one; that revision itself if it will do.
    /// </summary>
    /// <param name="revision">What it has seen. Who has seen nothing misses nothing.</param>
    /// <param name="removals">How often values had gone silently when it had; <c>null</c> if it does not know.</param>
    public ulong ResumableFrom(ulong revision, ulong? removals)
    {
        if (revision == 0)
            return 0;
        bool silent = removals is { } known ? known == Removals : Removals == 0 || revision > Silent;
        ulong lowest = Math.Max(Marked, silent ? 0 : Silent + 1);
        return silent && revision >= lowest ? revision : Math.Max(lowest, revision + 1);
    }

    /// <summary>Writes it.</summary>
    public void Write(VarintWriter into)
    {
        into.Clear();
        into.Byte(Version);
        into.Number(Removals);
        into.Number(Silent);
        into.Number(Marked);
        into.Number(HeldFrom);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; <c>null</c> if it is nothing of that kind.</summary>
    public static BucketFloors? TryRead(ReadOnlySpan<byte> record)
    {
        try
        {
            var reader = new VarintReader(record);
            if (reader.Byte() != Version)
                return null;
            var floors = new BucketFloors(reader.Number(), reader.Number(), reader.Number(), reader.Number());
            return reader.IsAtEnd ? floors : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
