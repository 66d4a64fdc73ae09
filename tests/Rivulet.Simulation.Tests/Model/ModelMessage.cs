namespace Rivulet.Simulation.Tests.Model;

/// <summary>A message as the model keeps it. What cannot be read back (its expiry, its size) is not compared.</summary>
internal sealed record ModelMessage(
    ulong Sequence, string Subject, byte[] Payload, long TimestampNanos, long ExpiresAtNanos = 0, long SizeBytes = 0)
{
    public bool IsSameAs(ModelMessage other) =>
        Sequence == other.Sequence && TimestampNanos == other.TimestampNanos && Subject == other.Subject &&
        Payload.AsSpan().SequenceEqual(other.Payload);

    /// <summary>Enough of it to recognise it by.</summary>
    public override string ToString() =>
        $"{Sequence}:{Subject}={System.Text.Encoding.Latin1.GetString(Payload, 0, Math.Min(Payload.Length, 12)).Replace((char)0, (char)46)}({Payload.Length})";
}
