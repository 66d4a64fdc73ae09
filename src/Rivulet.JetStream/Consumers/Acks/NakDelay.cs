using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>Reads the delay that a negative ack asks for: <c>5s</c>, or <c>{"delay":5000000000}</c>.</summary>
internal static class NakDelay
{
    /// <summary>False if there is none, or it can not be read: the message is then wanted at once.</summary>
    public static bool TryParse(ReadOnlySpan<byte> argument, out long nanos)
    {
        nanos = 0;
        if (argument.IsEmpty)
            return false;
        if (argument[0] != (byte)'{')
            return DurationText.TryParse(argument, out nanos);

        var options = new Options();
        string? mistake = RequestReader.Read(argument, "ConsumerNakOptions", strict: false, options, ReadMember);
        nanos = options.DelayNanos;
        return mistake is null;
    }

    private static bool ReadMember(ref RequestReader json, Options options)
    {
        if (!json.Is("delay"))
            return false;
        options.DelayNanos = json.Duration(options.DelayNanos);
        return true;
    }

    private sealed class Options
    {
        public long DelayNanos { get; set; }
    }
}
