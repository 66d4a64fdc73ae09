using System.Buffers;
using System.IO.Pipelines;

namespace Rivulet.Client.Transport;

/// <summary>A duplex pipe, as an embedded server hands out.</summary>
internal sealed class PipeTransport : ClientTransport
{
    private readonly IDuplexPipe _pipe;
    private volatile bool _aborted;

    public PipeTransport(IDuplexPipe pipe) => _pipe = pipe;

    public override async ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken)
    {
        if (_aborted)
            return 0;
        ReadResult result = await _pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (result.IsCanceled)
            return 0;
        ReadOnlySequence<byte> taken = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, memory.Length));
        taken.CopyTo(memory.Span);
        _pipe.Input.AdvanceTo(taken.End);
        return (int)taken.Length;
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_aborted, this);
        FlushResult result = await _pipe.Output.WriteAsync(memory, cancellationToken).ConfigureAwait(false);
        if (result.IsCompleted || result.IsCanceled)
            throw new IOException("The other end of the pipe is closed.");
    }

    public override ValueTask CloseSendAsync() => _pipe.Output.CompleteAsync();

    public override void Abort()
    {
        _aborted = true;
        _pipe.Input.CancelPendingRead();
        _pipe.Output.CancelPendingFlush();
    }

    public override async ValueTask DisposeAsync()
    {
        await _pipe.Output.CompleteAsync().ConfigureAwait(false);
        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
    }
}
