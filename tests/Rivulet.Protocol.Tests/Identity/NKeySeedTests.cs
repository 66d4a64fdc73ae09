namespace Rivulet.Protocol.Tests.Identity;

public class NKeySeedTests
{
    private static readonly byte[] Counting = [.. Enumerable.Range(0, NKeySeed.SeedLength).Select(i => (byte)i)];

    [Theory]
    [InlineData(NKeyKind.Account, "SA")]
    [InlineData(NKeyKind.Operator, "SO")]
    [InlineData(NKeyKind.User, "SU")]
    [InlineData(NKeyKind.Server, "SN")]
    [InlineData(NKeyKind.Curve, "SX")]
    public void A_seed_begins_with_an_S_and_the_letter_of_its_kind(NKeyKind kind, string prefix)
    {
        string text = NKeySeed.Encode(kind, Counting);
        Assert.Equal(NKeySeed.TextLength, text.Length);
        Assert.StartsWith(prefix, text, StringComparison.Ordinal);
        byte[] seed = new byte[NKeySeed.SeedLength];
        Assert.True(NKeySeed.TryDecode(text, out var found, seed));
        Assert.Equal(kind, found);
        Assert.Equal(Counting, seed);
    }

    [Fact]
    public void A_character_more_or_less_or_another_one_makes_it_no_seed()
    {
        string text = NKeySeed.Encode(NKeyKind.User, Counting);
        byte[] seed = new byte[NKeySeed.SeedLength];
        Assert.False(NKeySeed.TryDecode(text.AsSpan(0, text.Length - 1), out _, seed));
        Assert.False(NKeySeed.TryDecode(text + "A", out _, seed));
        for (int i = 0; i < text.Length; i++)
        {
            char other = text[i] == 'A' ? 'B' : 'A';
            Assert.False(NKeySeed.TryDecode($"{text[..i]}{other}{text[(i + 1)..]}", out _, seed), $"character {i}");
        }
    }

    [Fact]
    public void A_public_key_is_no_seed_and_a_seed_no_public_key()
    {
        byte[] bytes = new byte[32];
        Assert.False(NKeySeed.TryDecode(NKey.Encode(NKeyKind.User, Counting), out _, bytes));
        Assert.False(NKey.TryDecode(NKeySeed.Encode(NKeyKind.User, Counting), out _, bytes));
    }
}
