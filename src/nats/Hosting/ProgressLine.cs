using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Hosting;

/// <summary>
/// How far a long run of messages is, in one line of the terminal that is written over. Shown instead of a line for each
/// message; where output is not a terminal, nothing is shown at all.
/// </summary>
internal sealed class ProgressLine
{
    private const int CountShownFrom = 21;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly CliHost _host;
    private readonly int _total;
    private int _done;
    private long _shownAt;

    private ProgressLine(CliHost host, int total) => (_host, _total) = (host, total);

    /// <summary>Null for runs so short that each message has a line of its own.</summary>
    public static ProgressLine? For(CliHost host, int total) => total < CountShownFrom ? null : new ProgressLine(host, total);

    public void Step()
    {
        _done++;
        if (_host.IsOutputTerminal && (_shownAt == 0 || _host.Clock.GetElapsedTime(_shownAt) >= Interval))
        {
            Show();
        }
    }

    public void End()
    {
        if (_host.IsOutputTerminal)
        {
            Show();
            _host.Output.WriteLine();
        }
    }

    private void Show()
    {
        _shownAt = _host.Clock.GetTimestamp();
        _host.Output.Write($"\r{Numbers.WithCommas(_done)} of {Numbers.WithCommas(_total)}");
        _host.Output.Flush();
    }
}
