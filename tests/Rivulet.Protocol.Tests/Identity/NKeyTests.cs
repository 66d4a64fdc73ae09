namespace Rivulet.Protocol.Tests.Identity;

public class NKeyTests
{
    private static readonly byte[] Counting = [.. Enumerable.Range(0, NKey.KeyLength).Select(i => (byte)i)];

    // Encoded by the official JavaScript library from the key 00 01 02 … 1F.
    [Theory]
    [InlineData(NKeyKind.Account, "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S")]
    [InlineData(NKeyKind.Cluster, "CAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6N4O")]
    [InlineData(NKeyKind.Server, "NAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6CRG")]
    [InlineData(NKeyKind.Operator, "OAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB7JSU")]
    [InlineData(NKeyKind.User, "UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB63NN")]
    [InlineData(NKeyKind.Curve, "XAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB7QO7")]
    public void Known_keys_are_encoded_and_decoded(NKeyKind kind, string text)
    {
        Assert.Equal(text, NKey.Encode(kind, Counting));

        byte[] key = new byte[NKey.KeyLength];
        Assert.True(NKey.TryDecode(text, out NKeyKind decoded, key));
        Assert.Equal(kind, decoded);
        Assert.Equal(Counting, key);
    }

    [Fact]
    public void A_mistyped_character_is_noticed()
    {
        string text = NKey.Encode(NKeyKind.User, Counting);
        byte[] key = new byte[NKey.KeyLength];
        for (int i = 0; i < text.Length; i++)
        {
            foreach (char wrong in "AZ27a=1 \u00C1")
            {
                if (wrong != text[i])
                    Assert.False(NKey.TryDecode(text[..i] + wrong + text[(i + 1)..], out _, key));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("N")]
    public void A_text_of_another_length_is_refused(string text)
    {
        byte[] key = new byte[NKey.KeyLength];
        string valid = NKey.Encode(NKeyKind.User, Counting);

        Assert.False(NKey.TryDecode(text, out _, key));
        Assert.False(NKey.TryDecode(valid + "A", out _, key));
        Assert.False(NKey.TryDecode(valid.AsSpan(0, NKey.TextLength - 1), out _, key));
    }

    [Fact]
    public void A_prefix_that_names_no_kind_is_refused()
    {
        string text = NKey.Encode((NKeyKind)(18 << 3), Counting); // the prefix of seeds

        Assert.False(NKey.TryDecode(text, out _, new byte[NKey.KeyLength]));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void A_key_has_32_bytes(int length)
    {
        Assert.Throws<ArgumentException>(() => NKey.Encode(NKeyKind.Server, new byte[length]));
    }
}
