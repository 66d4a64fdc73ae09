namespace Rivulet.Protocol.Tests.Support;

/// <summary>
/// Feeds one input whole, in two pieces at every cut, and byte by byte, with a handler that goes on and with one that
/// stops after each operation, and requires the same record each time.
/// </summary>
internal static class EveryCut
{
    public static IReadOnlyList<string> OfClientInput(ReadOnlySpan<byte> input, ParserLimits limits)
    {
        return Compare(input, stopAfterEach => new ClientParserRun(limits, stopAfterEach));
    }

    public static IReadOnlyList<string> OfServerInput(ReadOnlySpan<byte> input, ParserLimits limits)
    {
        return Compare(input, stopAfterEach => new ServerParserRun(limits, stopAfterEach));
    }

    private static string[] Compare(ReadOnlySpan<byte> input, Func<bool, ParserRun> start)
    {
        ParserRun whole = start(false);
        whole.Feed(input);
        string[] expected = [.. whole.Record];
        foreach (bool stopAfterEach in (bool[])[false, true])
        {
            for (int cut = 0; cut <= input.Length; cut++)
            {
                ParserRun split = start(stopAfterEach);
                split.Feed(input[..cut]);
                split.Feed(input[cut..]);
                RequireSame(expected, split.Record, input, $"cut at {cut}, stopping: {stopAfterEach}");
            }

            ParserRun bytewise = start(stopAfterEach);
            foreach (byte next in input)
                bytewise.Feed([next]);
            RequireSame(expected, bytewise.Record, input, $"byte by byte, stopping: {stopAfterEach}");
        }

        return expected;
    }

    private static void RequireSame(string[] expected, IEnumerable<string> actual, ReadOnlySpan<byte> input, string how)
    {
        if (expected.SequenceEqual(actual))
            return;
        Assert.Fail(
            $"""
            Fed {how}, the input reads differently.
            input: {Readable.Text(input)}
            hex:   {Convert.ToHexString(input)}
            whole: {string.Join(" | ", expected)}
            then:  {string.Join(" | ", actual)}
            """);
    }
}
