namespace Rivulet.Fuzz.Tests;

/// <summary>Makes inputs from a corpus of good ones: joins some, then spoils them in small ways.</summary>
internal sealed class Mutator(byte[][] corpus, byte[][] fragments)
{
    private const int LengthMax = 400;

    /// <summary>An input of a few corpus entries; half of them stay as they are, the others get one to four changes.</summary>
    public byte[] Next(Random random)
    {
        var input = new List<byte>();
        int entries = 1 + random.Next(4);
        for (int i = 0; i < entries; i++)
            input.AddRange(corpus[random.Next(corpus.Length)]);
        if (random.Next(2) == 0)
        {
            int changes = 1 + random.Next(4);
            for (int i = 0; i < changes; i++)
                Change(input, random);
        }

        if (input.Count > LengthMax)
            input.RemoveRange(LengthMax, input.Count - LengthMax);
        return [.. input];
    }

    private void Change(List<byte> input, Random random)
    {
        int at = random.Next(input.Count + 1);
        int length = Math.Min(random.Next(1, 12), input.Count - at);
        switch (random.Next(7))
        {
            case 0:
                input.Insert(at, (byte)random.Next(256));
                break;
            case 1:
                input.InsertRange(at, fragments[random.Next(fragments.Length)]);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 4 when at < input.Count:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 5 when at < input.Count:
                input[at] = (byte)random.Next(256);
                break;
            case 6:
                input.RemoveRange(at, input.Count - at);
                break;
        }
    }
}
