using Rivulet.Server.Connections;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Connections;

/// <summary>Waiting for the last receive loop.</summary>
public sealed class RunningLoopsTests : IDisposable
{
    private readonly CapturedLog _log = new();
    private readonly RunningLoops _loops;

    public RunningLoopsTests()
    {
        _loops = new RunningLoops(_log.CreateLogger("loops"));
    }

    public void Dispose()
    {
        _log.Dispose();
    }

    [Fact]
    public void Without_any_there_is_nothing_to_wait_for()
    {
        Assert.True(_loops.Close().IsCompletedSuccessfully);
        Assert.False(_loops.TryBegin());
    }

    [Fact]
    public async Task The_last_one_that_ends_is_waited_for()
    {
        Assert.True(_loops.TryBegin());
        Assert.True(_loops.TryBegin());
        _loops.End(null);
        Assert.True(_loops.TryBegin());
        var none = _loops.Close();
        Assert.False(_loops.TryBegin());
        _loops.End(null);
        Assert.False(none.IsCompleted);
        _loops.End(null);
        await none.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task One_that_fails_is_told_and_keeps_nobody_waiting()
    {
        Assert.True(_loops.TryBegin());
        var none = _loops.Close();
        _loops.End(new InvalidOperationException("oh"));
        await none.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Contains(_log.Lines, line => line.Contains("A connection ended by a failure of the server", StringComparison.Ordinal));
    }
}
