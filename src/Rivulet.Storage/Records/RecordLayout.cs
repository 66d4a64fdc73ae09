namespace Rivulet.Storage.Records;

/// <summary>Sizes that the log format fixes; drawn in docs/formats/log.md.</summary>
internal static class RecordLayout
{
    /// <summary>A record starts with a header of this size, unless it has the compact form.</summary>
    public const int HeaderBytes = 32;

    /// <summary>Every record ends with the checksum of what lies between it and the header.</summary>
    public const int TrailerBytes = 4;

    /// <summary>Size of one of a message's facts, in the full form.</summary>
    public const int FactBytes = 8;

    /// <summary>Most facts that a message has: timestamp, expiry, dropped, floor, batch size.</summary>
    public const int FactsMax = 5;

    /// <summary>Records start at multiples of this.</summary>
    public const int Alignment = 8;

    /// <summary>Least length of a message record, which has a subject.</summary>
    public static int MessageBytesMin { get; } = new RecordShape(1, IsCompact: true).MessageBytes(1, hasHeaders: false);

    /// <summary>Most room that a message record takes, padding included.</summary>
    public static int MessageBytesMax(int contentBytes) =>
        Align(new RecordShape(FactsMax, IsCompact: false).MessageBytes(contentBytes, hasHeaders: true));

    /// <summary>Room that a record of this length takes.</summary>
    public static int Align(int bytes) => (bytes + Alignment - 1) & ~(Alignment - 1);
}
