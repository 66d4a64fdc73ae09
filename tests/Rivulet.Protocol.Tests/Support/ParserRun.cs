namespace Rivulet.Protocol.Tests.Support;

/// <summary>
/// What a connection does around a parser, and a written record of what came of it. Bytes are fed in pieces; what is not
/// consumed is kept; the record ends with a line that says how.
/// </summary>
internal abstract class ParserRun
{
    private readonly List<byte> _pending = [];
    private ParseStatus _last = ParseStatus.NeedMoreData;
    private int _neededBytes;

    /// <summary>Passed to the parser as it stands, so that a handler may change it during a call.</summary>
    protected ParserLimits Limits;

    protected ParserRun(ParserLimits limits)
    {
        Limits = limits;
    }

    /// <summary>One line for each operation handed over.</summary>
    public List<string> Events { get; } = [];

    /// <summary>The events, how it ended, and what was left over.</summary>
    public IEnumerable<string> Record
    {
        get
        {
            string rest = Readable.Text([.. _pending]);
            string end = _last.IsViolation ? $"violation {_last.Violation}" : $"{_last.Outcome} [{rest}]";
            return [.. Events, end];
        }
    }

    /// <summary>Feeds the next piece; pieces after a violation are dropped, as the connection would be closed.</summary>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        if (_last.IsViolation)
            return;
        _pending.AddRange(piece);
        byte[] buffer = [.. _pending];
        bool tooFewBytes = buffer.Length < _neededBytes;
        int eventsBefore = Events.Count;
        _last = Parse(buffer, out int consumed, out int neededBytes);
        if (tooFewBytes && !_last.IsViolation)
        {
            Assert.Equal(0, consumed);
            Assert.Equal(eventsBefore, Events.Count);
            Assert.Equal(_neededBytes, neededBytes);
        }

        Assert.InRange(consumed, 0, buffer.Length);
        Assert.True(neededBytes == 0 || neededBytes > buffer.Length - consumed, "More bytes are wanted than it asks for.");
        _pending.RemoveRange(0, consumed);
        _neededBytes = neededBytes;
        if (_last.Outcome == ParseOutcome.Stopped)
            Feed([]);
    }

    protected abstract ParseStatus Parse(ReadOnlySpan<byte> buffer, out int consumed, out int neededBytes);

    protected static string Field(string name, ReadOnlySpan<byte> value) => $" {name}=[{Readable.Text(value)}]";
}
