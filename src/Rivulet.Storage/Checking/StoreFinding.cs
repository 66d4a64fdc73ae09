namespace Rivulet.Storage.Checking;

/// <summary>Something that was found in a store, and where.</summary>
public sealed record StoreFinding
{
    /// <summary>What it is about.</summary>
    public required FindingKind Kind { get; init; }

    /// <summary>What is wrong, in words for whoever runs the store; without place and stream.</summary>
    public required string Text { get; init; }

    /// <summary>Whether something is damaged.</summary>
    public bool IsDamage => Kind.IsDamage;

    /// <summary>The file, without its directory; null when no file is at fault.</summary>
    public string? File { get; init; }

    /// <summary>Where in the file, in bytes; null for the file as a whole.</summary>
    public long? OffsetBytes { get; init; }

    /// <summary>How many bytes are concerned; null when nobody knows.</summary>
    public long? LengthBytes { get; init; }

    /// <summary>The number that the store gave the stream; 0 when no stream, or none that is known, is concerned.</summary>
    public uint StreamId { get; init; }

    /// <summary>The stream; null when no stream is concerned or nothing says what it was called.</summary>
    public StreamIdentity? Stream { get; init; }

    /// <summary>The first message concerned; 0 when none is, or none that is known.</summary>
    public ulong FirstSequence { get; init; }

    /// <summary>The last message concerned; 0 as above.</summary>
    public ulong LastSequence { get; init; }

    /// <summary>Whether messages are gone by it.</summary>
    public bool IsLoss { get; init; }
}
