namespace Rivulet.Server.Connections;

/// <summary>Subjects that servers use among themselves, and that a client may not publish to or have answers sent to.</summary>
internal static class ReservedSubjects
{
    /// <summary>Whether a subject is one of gateways, which no client may publish to.</summary>
    public static bool IsOfGateways(ReadOnlySpan<byte> subject)
    {
        return IsBelow(subject, "_GR_."u8);
    }

    /// <summary>Whether a subject is one of replicas, which no client outside of the system's account may publish to.</summary>
    public static bool IsOfReplicas(ReadOnlySpan<byte> subject)
    {
        return subject.StartsWith("$NRG."u8);
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
