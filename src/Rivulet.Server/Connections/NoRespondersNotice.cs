namespace Rivulet.Server.Connections;

/// <summary>The header block that tells a requester that nobody received its request.</summary>
internal static class NoRespondersNotice
{
    /// <summary>Enough for subjects of usual length.</summary>
    public const int ScratchBytes = 256;

    private static ReadOnlySpan<byte> Head => "NATS/1.0 503\r\nNats-Subject: "u8;

    private static ReadOnlySpan<byte> Tail => "\r\n\r\n"u8;

    /// <summary>Length of the block for a subject.</summary>
    public static int Length(ReadOnlySpan<byte> subject)
    {
        return Head.Length + subject.Length + Tail.Length;
    }

    /// <summary>Writes the block and returns the part of <paramref name="into"/> that holds it.</summary>
    public static ReadOnlySpan<byte> Write(ReadOnlySpan<byte> subject, Span<byte> into)
    {
        Head.CopyTo(into);
        subject.CopyTo(into[Head.Length..]);
        Tail.CopyTo(into[(Head.Length + subject.Length)..]);
        return into[..Length(subject)];
    }
}
