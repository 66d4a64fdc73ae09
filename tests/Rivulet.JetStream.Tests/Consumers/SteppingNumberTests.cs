using System.Globalization;
using System.Text;
using Rivulet.JetStream.Consumers.Acks;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Digits that follow a number.</summary>
public sealed class SteppingNumberTests
{
    [Fact]
    public void Digits_are_those_of_the_number_whatever_it_was_before()
    {
        var random = new Random(3);
        var number = new SteppingNumber();
        ulong value = 0;
        for (int i = 0; i < 200_000; i++)
        {
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture), TextOf(number, value));
            value = random.Next(40) switch
            {
                0 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                1 => ulong.MaxValue - (ulong)random.Next(3),
                2 => (ulong)random.Next(12),
                3 => (ulong)Math.Pow(10, random.Next(20)),
                < 10 => value,
                < 25 => value + 1,
                _ => value - 1,
            };
        }
    }

    private static string TextOf(SteppingNumber number, ulong value)
    {
        Span<byte> room = stackalloc byte[SteppingNumber.LengthMax];
        return Encoding.ASCII.GetString(room[..number.CopyTo(value, room)]);
    }
}
