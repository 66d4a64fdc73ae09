using System.Net;
using System.Text;
using Rivulet.Server.Connections;
using Rivulet.Server.Transports;

namespace Rivulet.Benchmarks.Layers;

/// <summary>A client that says what it was told to say, then only receives, and drops what it receives.</summary>
internal sealed class SinkTransport(string says) : IByteTransport
{
    private readonly TaskCompletionSource<TransportResult> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> _unsaid = Encoding.Latin1.GetBytes(says);

    public IPEndPoint? RemoteEndPoint => null;

    public ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        if (_unsaid.IsEmpty)
            return new(_end.Task);
        int count = Math.Min(buffer.Length, _unsaid.Length);
        _unsaid[..count].CopyTo(buffer);
        _unsaid = _unsaid[count..];
        return new(TransportResult.Completed(count));
    }

    public TransportResult TrySend(ReadOnlyMemory<byte> bytes) => TransportResult.Completed(bytes.Length);

    public ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes) => new(TransportResult.Completed(bytes.Length));

    public void CloseOutput(ClosedReason reason)
    {
    }

    public void Abort() => _end.TrySetResult(TransportResult.Closed);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
