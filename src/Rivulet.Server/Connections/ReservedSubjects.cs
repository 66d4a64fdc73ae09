namespace Rivulet.Server.Connections;

/// <summary>Subjects that servers use among themselves, and that a client may not publish to or have answers sent to.</summary>
internal static class ReservedSubjects
{
    /// <summary>Whether a client may not publish to a subject.</summary>
    public static bool Contains(ReadOnlySpan<byte> subject)
    {
        return IsBelow(subject, "_GR_."u8) || subject.StartsWith("$NRG."u8);
    }

    /// <summary>Whether a client may not name a subject as the reply of a message.</summary>
    public static bool ContainsReply(ReadOnlySpan<byte> reply)
    {
        return IsBelow(reply, "_R_."u8) || reply.StartsWith("$JS.ACK."u8) || IsBelow(reply, "_GR_."u8);
    }

    private static bool IsBelow(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> prefix)
    {
        return subject.Length > prefix.Length && subject.StartsWith(prefix);
    }
}
