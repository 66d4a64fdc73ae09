using System.Diagnostics;
using System.Globalization;
using Rivulet.Storage.Checking;

namespace Rivulet.Server.Host.Store;

/// <summary>A line on the error stream that tells how far long work is, if somebody looks at a terminal there.</summary>
internal sealed class ProgressLine : IProgress<StoreProgress>, IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly bool _isShown = !Console.IsErrorRedirected;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private long _shownAt;

    /// <inheritdoc/>
    public void Report(StoreProgress value)
    {
        if (!_isShown || Stopwatch.GetElapsedTime(_startedAt) < Quiet || Stopwatch.GetElapsedTime(_shownAt) < Between)
            return;
        _shownAt = Stopwatch.GetTimestamp();
        string step = value.Step switch
        {
            StoreStep.Recovering => "reading the log",
            StoreStep.Verifying => "verifying segments",
            StoreStep.Reading => "reading messages",
            _ => "writing messages",
        };
        double share = value.Total == 0 ? 1 : (double)value.Done / value.Total;
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{step}: {share * 100:F0} %\e[K"));
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shownAt == 0)
            return;
        _shownAt = 0;
        Console.Error.Write("\r\e[K");
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
