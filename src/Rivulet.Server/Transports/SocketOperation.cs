using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Transports;

/// <summary>
/// One direction of a socket as a reusable awaitable: an operation that completes at once costs no more than the
/// system call, one that waits allocates nothing. Errors come back as results.
/// </summary>
/// <remarks>
/// One operation at a time. The awaiting code continues on the thread that the runtime completes socket operations on, or
/// on those that it is given (<see cref="SocketCompletions"/>).
/// </remarks>
internal sealed class SocketOperation : SocketAsyncEventArgs, IValueTaskSource<TransportResult>, IWorkItem
{
    private readonly IWorkScheduler? _loops;
    private readonly Action<int>? _moved;
    private ReusableCompletion<TransportResult> _completion;

    /// <summary>An operation that has not begun.</summary>
    /// <param name="loops">Where to continue; null for the thread that completes it.</param>
    /// <param name="moved">Hears how many bytes each operation moved.</param>
    public SocketOperation(IWorkScheduler? loops, Action<int>? moved = null)
        : base(true)
    {
        _loops = loops;
        _moved = moved;
    }

    /// <summary>Receives into <paramref name="buffer"/>.</summary>
    public ValueTask<TransportResult> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        SetBuffer(buffer);
        _completion.Reset();
        return socket.ReceiveAsync(this)
            ? new ValueTask<TransportResult>(this, _completion.Version)
            : new ValueTask<TransportResult>(Result());
    }

    /// <summary>Sends all of <paramref name="bytes"/>.</summary>
    public ValueTask<TransportResult> SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        SetBuffer(System.Runtime.InteropServices.MemoryMarshal.AsMemory(bytes));
        _completion.Reset();
        return socket.SendAsync(this)
            ? new ValueTask<TransportResult>(this, _completion.Version)
            : new ValueTask<TransportResult>(Result());
    }

    TransportResult IValueTaskSource<TransportResult>.GetResult(short token)
    {
        return _completion.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<TransportResult>.GetStatus(short token)
    {
        return _completion.GetStatus(token);
    }

    void IValueTaskSource<TransportResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _completion.OnCompleted(continuation, state, token);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        _completion.SetResult(Result());
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (_loops is null)
            Execute();
        else
            _loops.Queue(this);
    }

    private TransportResult Result()
    {
        if (SocketError != SocketError.Success)
            return SocketTransport.Translate(SocketError);
        _moved?.Invoke(BytesTransferred);
        return BytesTransferred > 0 || Count == 0
            ? TransportResult.Completed(BytesTransferred)
            : TransportResult.Closed;
    }
}
