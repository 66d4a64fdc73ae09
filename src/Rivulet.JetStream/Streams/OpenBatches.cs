using System.Diagnostics.CodeAnalysis;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The unfinished batches of one kind of a stream, by their ids. One that is left alone for too long is given up, by one timer that
/// stands on the first deadline.
/// </summary>
/// <typeparam name="TBatch">The kind.</typeparam>
/// <remarks>
/// The stream's writer lock guards it. <see cref="Arm"/> is called without it. The work of the timer runs on host threads.
/// </remarks>
internal sealed class OpenBatches<TBatch> : IWorkItem, IDisposable
    where TBatch : OpenBatch
{
    private readonly JetStreamStream _stream;
    private readonly TimeProvider _time;
    private readonly int _countUsual;
    private readonly UnfinishedBatches _budget;
    private readonly Func<byte[], TBatch> _make;
    private readonly Action<TBatch>? _timedOut;
    private readonly List<TBatch> _untold = [];
    private readonly Dictionary<ReadOnlyMemory<byte>, TBatch> _batches = new(SubjectBytesComparer.Instance);
    private ITimer? _timer;
    private bool _isArmed;

    /// <summary>Makes an empty table.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="countUsual">Most batches in it, unless the server has another limit.</param>
    /// <param name="budget">What they share with those of other streams.</param>
    /// <param name="make">Makes a batch of an id.</param>
    /// <param name="timedOut">Hears of batches that were left alone for too long; called without the writer lock.</param>
    public OpenBatches(
        JetStreamStream stream, int countUsual, UnfinishedBatches budget, Func<byte[], TBatch> make, Action<TBatch>? timedOut = null)
    {
        _timedOut = timedOut;
        _stream = stream;
        _time = stream.Account.Engine.Host.Time;
        _countUsual = countUsual;
        _budget = budget;
        _make = make;
    }

    // A reload may change them.
    private PublishBatchLimits Limits => _stream.Account.Engine.Options.Batches;

    /// <summary>How many there are.</summary>
    public int Count => _batches.Count;

    /// <summary>Finds an unfinished batch. One whose time is over is given up instead.</summary>
    public bool TryGet(ReadOnlySpan<byte> id, [NotNullWhen(true)] out TBatch? batch)
    {
        batch = null;
        if (_batches.Count == 0 || !_batches.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(id, out batch))
            return false;
        if (batch.DeadlineNanos > _time.UnixNanosNow())
            return true;
        GiveUp(batch);

        // The timer's work tells of it; it is late.
        _stream.Account.Engine.Host.Work.Queue(this);
        batch = null;
        return false;
    }

    /// <summary>Begins a batch.</summary>
    /// <returns>The batch; <c>null</c> if there are too many already.</returns>
    public TBatch? TryOpen(ReadOnlySpan<byte> id)
    {
        if (_batches.Count >= (Limits.InflightPerStream ?? _countUsual) || !_budget.TryOpen())
            return null;
        TBatch batch = _make(id.ToArray());
        _batches.Add(batch.Id, batch);
        return batch;
    }

    /// <summary>A message of a batch has come: it has its whole time again.</summary>
    public void Touch(TBatch batch) => batch.DeadlineNanos = _time.UnixNanosNow() + (Limits.Timeout.Ticks * 100);

    /// <summary>A batch is finished or given up.</summary>
    public void Remove(TBatch batch)
    {
        if (_batches.Remove(batch.Id))
            _budget.Close(batch.Bytes);
    }

    /// <summary>Gives all batches up.</summary>
    public void Clear()
    {
        foreach (TBatch batch in _batches.Values)
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
        _timer.Change(Limits.Timeout, Timeout.InfiniteTimeSpan);
    }

    void IWorkItem.Execute()
    {
        TimeSpan wait;
        TBatch[] untold;
        lock (_stream.WriterLock)
        {
            wait = GiveUpIdle();
            if (wait <= TimeSpan.Zero)
                Volatile.Write(ref _isArmed, false);
            untold = [.. _untold];
            _untold.Clear();
        }

        if (wait > TimeSpan.Zero)
            _timer?.Change(wait, Timeout.InfiniteTimeSpan);
        foreach (TBatch batch in untold)
            _timedOut!(batch);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void GiveUp(TBatch batch)
    {
        Remove(batch);
        if (_timedOut is not null)
            _untold.Add(batch);
    }

    /// <returns>How long until there is something to do again; zero if no batch is left.</returns>
    private TimeSpan GiveUpIdle()
    {
        long now = _time.UnixNanosNow();
        long nextNanos = long.MaxValue;
        foreach (TBatch batch in _batches.Values.ToArray())
        {
            if (batch.DeadlineNanos <= now)
                GiveUp(batch);
            else
                nextNanos = Math.Min(nextNanos, batch.DeadlineNanos);
        }

        return _batches.Count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(((nextNanos - now) / 100) + TimeSpan.TicksPerMillisecond);
    }
}
