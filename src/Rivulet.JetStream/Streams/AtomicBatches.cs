using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The unfinished batches of a stream, by their ids. One that is left alone for too long is given up, by one timer that stands on
/// the first deadline.
/// </summary>
/// <remarks>
/// The stream's writer lock guards it. <see cref="Arm"/> is called without it. The work of the timer runs on host threads.
/// </remarks>
internal sealed class AtomicBatches : IWorkItem, IDisposable
{
    /// <summary>Most unfinished batches of a stream.</summary>
    public const int CountMax = 50;

    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(10);

    private readonly JetStreamStream _stream;
    private readonly TimeProvider _time;
    private readonly UnfinishedBatches _budget;
    private readonly Dictionary<string, AtomicBatch> _batches = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private bool _isArmed;

    public AtomicBatches(JetStreamStream stream)
    {
        _stream = stream;
        _time = stream.Account.Engine.Host.Time;
        _budget = stream.Account.Engine.UnfinishedBatches;
    }

    /// <summary>Finds an unfinished batch. One whose time is over is given up instead.</summary>
    public bool TryGet(ReadOnlySpan<byte> id, [NotNullWhen(true)] out AtomicBatch? batch)
    {
        if (_batches.Count == 0 || !_batches.TryGetValue(KeyOf(id), out batch))
        {
            batch = null;
            return false;
        }

        if (batch.DeadlineNanos > _time.UnixNanosNow())
            return true;
        Remove(batch);
        batch = null;
        return false;
    }

    /// <summary>Begins a batch.</summary>
    /// <returns>The batch; <c>null</c> if there are too many already.</returns>
    public AtomicBatch? TryOpen(ReadOnlySpan<byte> id)
    {
        if (_batches.Count >= CountMax || !_budget.TryOpen())
            return null;
        var batch = new AtomicBatch(KeyOf(id), Encoding.UTF8.GetString(id), _budget);
        _batches.Add(batch.Key, batch);
        return batch;
    }

    /// <summary>A message of a batch has come: it has its whole time again.</summary>
    public void Touch(AtomicBatch batch) => batch.DeadlineNanos = _time.UnixNanosNow() + (IdleMax.Ticks * 100);

    /// <summary>A batch is finished or given up.</summary>
    public void Remove(AtomicBatch batch)
    {
        if (_batches.Remove(batch.Key))
            _budget.Close(batch.Bytes);
    }

    /// <summary>Gives all batches up.</summary>
    public void Clear()
    {
        foreach (AtomicBatch batch in _batches.Values)
            _budget.Close(batch.Bytes);
        _batches.Clear();
    }

    /// <summary>Sees to it that batches are given up in time, once there is one.</summary>
    public void Arm()
    {
        if (Interlocked.Exchange(ref _isArmed, true))
            return;
        _timer ??= _time.CreateTimer(
            _ => _stream.Account.Engine.Host.Work.Queue(this), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(IdleMax, Timeout.InfiniteTimeSpan);
    }

    void IWorkItem.Execute()
    {
        TimeSpan wait;
        lock (_stream.WriterLock)
        {
            wait = GiveUpIdle();
            if (wait <= TimeSpan.Zero)
            {
                Volatile.Write(ref _isArmed, false);
                return;
            }
        }

        _timer?.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    /// <returns>How long until there is something to do again; zero if no batch is left.</returns>
    private TimeSpan GiveUpIdle()
    {
        long now = _time.UnixNanosNow();
        long nextNanos = long.MaxValue;
        foreach (AtomicBatch batch in _batches.Values.ToArray())
        {
            if (batch.DeadlineNanos <= now)
                Remove(batch);
            else
                nextNanos = Math.Min(nextNanos, batch.DeadlineNanos);
        }

        return _batches.Count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(((nextNanos - now) / 100) + TimeSpan.TicksPerMillisecond);
    }

    /// <summary>Ids are any bytes: each makes a character.</summary>
    private static string KeyOf(ReadOnlySpan<byte> id) => Encoding.Latin1.GetString(id);
}
