using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Rivulet.Server.Connections;

namespace Rivulet.Server.Transports;

/// <summary>The server's end of an in-process connection: two pipes, no socket.</summary>
/// <remarks>Back-pressure is the pipe's own: while its reader lags, a flush stays pending and nothing more is taken.</remarks>
internal sealed class PipeTransport : IByteTransport
{
    private readonly IDuplexPipe _pipe;
    private Task<FlushResult>? _flush;
    private volatile bool _aborted;

    /// <summary>Takes over the server's end.</summary>
    public PipeTransport(IDuplexPipe pipe)
    {
        _pipe = pipe;
    }

    /// <inheritdoc/>
    public IPEndPoint? RemoteEndPoint => null;

    /// <inheritdoc/>
    public async ValueTask<TransportResult> ReceiveAsync(Memory<byte> buffer)
    {
        ReadResult read;
        try
        {
            read = await _pipe.Input.ReadAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            return TransportResult.Failed(e);
        }

        var available = read.Buffer;
        if (_aborted || available.IsEmpty)
        {
            _pipe.Input.AdvanceTo(available.End);
            return TransportResult.Closed;
        }

        if (available.Length > buffer.Length)
            available = available.Slice(0, buffer.Length);
        int copied = 0;
        foreach (var segment in available)
        {
            segment.CopyTo(buffer[copied..]);
            copied += segment.Length;
        }

        _pipe.Input.AdvanceTo(available.End);
        return TransportResult.Completed(copied);
    }

    /// <inheritdoc/>
    public TransportResult TrySend(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (_flush is { IsCompleted: false })
                return TransportResult.WouldBlock;
            if (_flush is not null && IsEnd(_flush.GetAwaiter().GetResult()))
                return TransportResult.Closed;
            _flush = null;
            _pipe.Output.Write(bytes.Span);
            var flush = _pipe.Output.FlushAsync();
            if (!flush.IsCompleted)
                _flush = flush.AsTask();
            else if (IsEnd(flush.GetAwaiter().GetResult()))
                return TransportResult.Closed;
            return TransportResult.Completed(bytes.Length);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            return TransportResult.Failed(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TransportResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (_flush is not null && IsEnd(await _flush.ConfigureAwait(false)))
                return TransportResult.Closed;
            _flush = null;
            return IsEnd(await _pipe.Output.WriteAsync(bytes).ConfigureAwait(false))
                ? TransportResult.Closed
                : TransportResult.Completed(bytes.Length);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            return TransportResult.Failed(e);
        }
    }

    /// <inheritdoc/>
    public void CloseOutput(ClosedReason reason)
    {
        _pipe.Output.Complete();
    }

    /// <inheritdoc/>
    public void Abort()
    {
        // Cancelling wakes calls under way; completing the ends is left to DisposeAsync, after they have stopped.
        _aborted = true;
        _pipe.Input.CancelPendingRead();
        _pipe.Output.CancelPendingFlush();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _pipe.Output.CompleteAsync().ConfigureAwait(false);
        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
    }

    // The reader has gone, or Abort woke us.
    private bool IsEnd(FlushResult result)
    {
        return result.IsCompleted || result.IsCanceled || _aborted;
    }
}
