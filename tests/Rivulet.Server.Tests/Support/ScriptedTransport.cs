using System.Net;
using System.Text;
using Rivulet.Server.Connections;
using Rivulet.Server.Transports;

namespace Rivulet.Server.Tests;

/// <summary>A transport whose readiness a test controls: how many bytes it takes at once, and when it takes more.</summary>
internal sealed class ScriptedTransport : IByteTransport
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _sent = new();
    private TaskCompletionSource<TransportResult>? _waiting;
    private ReadOnlyMemory<byte> _waitingBytes;
    private int _concurrent;

    /// <summary>Bytes taken by <see cref="TrySend"/> before it would block.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>What every send answers, if it is to fail.</summary>
    public TransportResult? Failure { get; set; }

    /// <summary>Called within each send.</summary>
    public Action? Sending { get; set; }

    public bool SawTwoSendsAtOnce { get; private set; }

    public bool IsOutputClosed { get; private set; }

    public bool IsAborted { get; private set; }

    public IPEndPoint? RemoteEndPoint => null;

    public string Sent
    {
        get
        {
            lock (_lock)
                return _sent.ToString();
        }
    }

    public bool IsWaiting
    {
        get
        {
            lock (_lock)
                return _waiting is not null;
        }
    }

    public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        throw new NotSupportedException("These tests only send.");
    }

    public TransportResult TrySend(ReadOnlyMemory<byte> bytes)
    {
        Enter();
        try
        {
            Sending?.Invoke();
            if (Failure is { } failure)
                return failure;
            if (Room == 0)
                return TransportResult.WouldBlock;
            int count = Math.Min(Room, bytes.Length);
            Room -= count;
            lock (_lock)
                _sent.Append(Encoding.Latin1.GetString(bytes.Span[..count]));
            return TransportResult.Completed(count);
        }
        finally
        {
            Interlocked.Decrement(ref _concurrent);
        }
    }

    public async ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Enter();
        Task<TransportResult> wait;
        lock (_lock)
        {
            _waiting = new TaskCompletionSource<TransportResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waitingBytes = bytes;
            wait = _waiting.Task;
        }

        return await wait;
    }

    /// <summary>Lets the send that waits complete.</summary>
    public void TakeWaiting()
    {
        TaskCompletionSource<TransportResult> waiting;
        lock (_lock)
        {
            waiting = _waiting!;
            _waiting = null;
            _sent.Append(Encoding.Latin1.GetString(_waitingBytes.Span));
        }

        Interlocked.Decrement(ref _concurrent);
        waiting.SetResult(TransportResult.Completed(_waitingBytes.Length));
    }

    public void CloseOutput(ClosedReason reason)
    {
        IsOutputClosed = true;
    }

    public void Abort()
    {
        IsAborted = true;
        TaskCompletionSource<TransportResult>? waiting;
        lock (_lock)
        {
            waiting = _waiting;
            _waiting = null;
        }

        if (waiting is null)
            return;
        Interlocked.Decrement(ref _concurrent);
        waiting.SetResult(TransportResult.Closed);
    }

    public ValueTask DisposeAsync()
    {
        return ValueTask.CompletedTask;
    }

    private void Enter()
    {
        if (Interlocked.Increment(ref _concurrent) > 1)
            SawTwoSendsAtOnce = true;
    }
}
