using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Hosting;

/// <summary>Status lines on standard error, each behind the time of day: <c>20:50:39 Published 5 bytes to "t.x"</c>.</summary>
internal sealed class StatusLog(CliHost host)
{
    private readonly Lock _lock = new();

    /// <summary>Callable from any thread, such as a connection's event handlers.</summary>
    public void Line(string text)
    {
        lock (_lock)
        {
            host.Error.Write($"{Times.OfDay(host.Clock)} {text}\n");
            host.Error.Flush();
        }
    }
}
