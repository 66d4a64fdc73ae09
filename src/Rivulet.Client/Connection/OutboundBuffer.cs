using System.Buffers;
using System.Diagnostics;

namespace Rivulet.Client;

/// <summary>
/// What is to be sent: operations are appended by any thread, and taken in one piece by the session's writer. Lives as
/// long as the connection; while there is no session it keeps what is appended, within a limit, for the next one.
/// </summary>
/// <remarks>
/// Two pooled arrays take turns: one is filled while the other is being sent, so that an append is a copy under a short
/// lock, and nothing is allocated once both have reached their size. A position counts every byte ever appended; it tells
/// which operations a lost session had taken.
/// </remarks>
internal sealed class OutboundBuffer : IDisposable
{
    private const int InitialBytes = 16 * 1024;

    /// <summary>An array that grew beyond this for a large message is not kept.</summary>
    private const int KeptBytesMax = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly int _openLimitBytes;
    private readonly int _suspendedLimitBytes;
    private readonly AsyncSignal _writerSignal = new();

    private byte[] _filling;
    private byte[]? _spare;
    private int _count;
    private long _appendedPosition;
    private long _takenPosition;
    private long _lostPosition;
    private bool _suspended = true;
    private bool _writerWaits;
    private bool _closed;
    private bool _disposed;
    private TaskCompletionSource? _room;

    public OutboundBuffer(int openLimitBytes, int suspendedLimitBytes)
    {
        _openLimitBytes = openLimitBytes;
        _suspendedLimitBytes = suspendedLimitBytes;
        _filling = ArrayPool<byte>.Shared.Rent(InitialBytes);
    }

    /// <summary>What was appended up to here went with a lost session, or was never sent.</summary>
    public long LostPosition => Volatile.Read(ref _lostPosition);

    /// <summary>True once nothing is accepted any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>Appends an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="kind">Whether it is subject to the limits.</param>
    /// <param name="position">The position behind it.</param>
    public AppendStatus Append<TOperation>(in TOperation operation, AppendKind kind, out long position)
        where TOperation : struct, IOutboundOperation, allows ref struct
    {
        bool wakeWriter;
        lock (_gate)
        {
            position = _appendedPosition;
            int sizeMax = operation.MaxLength;
            AppendStatus status = Admit(kind, sizeMax);
            if (status != AppendStatus.Appended)
                return status;
            EnsureRoom(sizeMax);
            int written = operation.Write(_filling.AsSpan(_count, sizeMax));
            Debug.Assert(written <= sizeMax, "An operation wrote more than it had asked for.");
            _count += written;
            _appendedPosition += written;
            position = _appendedPosition;
            wakeWriter = _writerWaits;
            _writerWaits = false;
        }

        if (wakeWriter)
            _writerSignal.Set();
        return AppendStatus.Appended;
    }

    /// <summary>Completes when the writer has taken what waits, or the limits have changed.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (_closed || _suspended || _count < _openLimitBytes)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>A session is there: its writer may take what was kept.</summary>
    public void Resume()
    {
        lock (_gate)
            _suspended = false;
    }

    /// <summary>
    /// The session is gone: what its writer had taken is lost, what waits is kept for the next, up to the limit for that.
    /// A writer that waits is woken and ends.
    /// </summary>
    public void Suspend()
    {
        bool wakeWriter;
        TaskCompletionSource? room;
        lock (_gate)
        {
            _suspended = true;
            Volatile.Write(ref _lostPosition, _takenPosition);
            if (_suspendedLimitBytes == 0)
                DropKept();
            wakeWriter = _writerWaits;
            _writerWaits = false;
            room = TakeRoom();
        }

        if (wakeWriter)
            _writerSignal.Set();
        room?.TrySetResult();
    }

    /// <summary>Nothing is accepted any more; what waits can still be taken.</summary>
    public void Close()
    {
        bool wakeWriter;
        TaskCompletionSource? room;
        lock (_gate)
        {
            _closed = true;
            wakeWriter = _writerWaits;
            _writerWaits = false;
            room = TakeRoom();
        }

        if (wakeWriter)
            _writerSignal.Set();
        room?.TrySetResult();
    }

    /// <summary>For the writer: takes what waits, or waits for it. Empty: the writer shall end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync()
    {
        while (true)
        {
            TaskCompletionSource? room = null;
            ReadOnlyMemory<byte> taken;
            lock (_gate)
            {
                if (_suspended || (_closed && _count == 0))
                    return default;
                taken = Swap();
                if (taken.IsEmpty)
                    _writerWaits = true;
                else
                    room = TakeRoom();
            }

            room?.TrySetResult();
            if (!taken.IsEmpty)
                return taken;
            await _writerSignal.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>For the writer: gives back what it took, sent or not.</summary>
    public void Return(ReadOnlyMemory<byte> taken)
    {
        if (!System.Runtime.InteropServices.MemoryMarshal.TryGetArray(taken, out ArraySegment<byte> segment))
            return;
        lock (_gate)
        {
            if (!_disposed && _spare is null && segment.Array!.Length <= KeptBytesMax)
                _spare = segment.Array;
            else
                ArrayPool<byte>.Shared.Return(segment.Array!);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = _closed = true;
            _count = 0;
            ArrayPool<byte>.Shared.Return(_filling);
            if (_spare is not null)
                ArrayPool<byte>.Shared.Return(_spare);
            _spare = null;
        }
    }

    private AppendStatus Admit(AppendKind kind, int sizeMax)
    {
        if (_closed)
            return AppendStatus.Closed;
        if (kind == AppendKind.Always)
            return AppendStatus.Appended;
        if (_suspended)
            return _count + (long)sizeMax > _suspendedLimitBytes ? AppendStatus.Full : AppendStatus.Appended;
        return kind == AppendKind.Publish && _count >= _openLimitBytes ? AppendStatus.Wait : AppendStatus.Appended;
    }

    private ReadOnlyMemory<byte> Swap()
    {
        if (_count == 0)
            return default;
        byte[] full = _filling;
        int count = _count;
        _filling = _spare ?? ArrayPool<byte>.Shared.Rent(InitialBytes);
        _spare = null;
        _count = 0;
        _takenPosition = _appendedPosition;
        return full.AsMemory(0, count);
    }

    private void EnsureRoom(int sizeMax)
    {
        int needed = checked(_count + sizeMax);
        if (needed <= _filling.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _filling.Length * 2));
        _filling.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_filling);
        _filling = larger;
    }

    private void DropKept()
    {
        _count = 0;
        _takenPosition = _appendedPosition;
        Volatile.Write(ref _lostPosition, _appendedPosition);
    }

    private TaskCompletionSource? TakeRoom()
    {
        TaskCompletionSource? room = _room;
        _room = null;
        return room;
    }
}

/// <summary>An operation that can be written into the outbound buffer.</summary>
internal interface IOutboundOperation
{
    /// <summary>The most bytes that it takes.</summary>
    int MaxLength { get; }

    /// <summary>Writes it; returns the bytes used.</summary>
    int Write(Span<byte> destination);
}

/// <summary>Which limits an operation is subject to.</summary>
internal enum AppendKind
{
    /// <summary>None: subscriptions, pings.</summary>
    Always,

    /// <summary>The one for the time without a session: requests, whose number their callers bound.</summary>
    Request,

    /// <summary>Both.</summary>
    Publish,
}

/// <summary>What became of an append.</summary>
internal enum AppendStatus
{
    /// <summary>It is appended.</summary>
    Appended,

    /// <summary>Too much waits: try again after <see cref="OutboundBuffer.WaitForRoomAsync"/>.</summary>
    Wait,

    /// <summary>Too much waits, and there is no session.</summary>
    Full,

    /// <summary>The connection is closed.</summary>
    Closed,
}
