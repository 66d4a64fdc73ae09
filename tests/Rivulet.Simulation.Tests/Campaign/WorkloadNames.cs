using System.Globalization;
using System.Text;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Names, values and payloads of a run. Each is made once, so that nothing is taken for something else.</summary>
/// <param name="smallOnly">Whether payloads are a few bytes, but for a few that are worth compressing.</param>
internal sealed class WorkloadNames(bool smallOnly = false)
{
    private static readonly string[] Streams = ["KV", "LOG", "ORDERS", "SHORT", "WIDE"];

    private int _number;

    public int NextNumber() => ++_number;

    public string Next(string what) => what + NextNumber().ToString(CultureInfo.InvariantCulture);

    /// <summary>A name that no stream has; empty when all are taken.</summary>
    public static string Free(Random random, IEnumerable<string> taken)
    {
        string[] free = [.. Streams.Except(taken)];
        return free.Length == 0 ? "" : free[random.Next(free.Length)];
    }

    /// <summary>
    /// A payload: mostly small, sometimes larger than a sector, at times larger than a segment. Some are full of zeros,
    /// like what was never written.
    /// </summary>
    public byte[] Payload(Random random)
    {
        int length = smallOnly ? random.Next(random.Next(20) == 0 ? 300 : 8) : random.Next(40) switch
        {
            0 => random.Next(10_000),
            < 5 => random.Next(2_000),
            _ => random.Next(120),
        };
        byte[] payload = new byte[length + (smallOnly ? 6 : 12)];
        if (random.Next(6) > 0)
            payload.AsSpan().Fill((byte)('a' + random.Next(26)));
        Encoding.UTF8.GetBytes(NextNumber().ToString(CultureInfo.InvariantCulture) + ":", payload);
        return payload;
    }
}
