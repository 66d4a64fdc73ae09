using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Tests.Security;

/// <summary>Random bytes from the operating system.</summary>
public class SystemRandomTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(5_000)]
    public void All_bytes_are_filled_and_no_others(int length)
    {
        byte[] bytes = new byte[length + 16];
        bool[] isSet = new bool[length];
        for (int round = 0; round < 20; round++)
        {
            SystemRandom.Fill(bytes.AsSpan(8, length));
            for (int i = 0; i < length; i++)
                isSet[i] |= bytes[8 + i] != 0;
        }

        Assert.DoesNotContain(false, isSet);
        Assert.All(bytes[..8].Concat(bytes[^8..]), one => Assert.Equal(0, one));
    }

    [Fact]
    public void No_two_are_the_same()
    {
        var seen = new HashSet<string>();
        for (int i = 0; i < 1_000; i++)
        {
            byte[] bytes = new byte[16];
            SystemRandom.Fill(bytes);
            Assert.True(seen.Add(Convert.ToHexString(bytes)));
        }
    }
}
