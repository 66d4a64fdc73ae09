using System.Net.Security;

namespace Rivulet.Client.Transport;

/// <summary>TLS over another transport. Aborting goes to the transport below, which the stream waits on.</summary>
internal sealed class TlsTransport : ClientTransport
{
    private readonly SslStream _stream;
    private readonly ClientTransport _below;

    public TlsTransport(SslStream stream, ClientTransport below) => (_stream, _below) = (stream, below);

    public override string RemoteAddress => _below.RemoteAddress;

    public override ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken) =>
        _stream.ReadAsync(memory, cancellationToken);

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> memory, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(memory, cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask CloseSendAsync()
    {
        await _stream.ShutdownAsync().ConfigureAwait(false);
        await _below.CloseSendAsync().ConfigureAwait(false);
    }

    public override void Abort() => _below.Abort();

    public override ValueTask DisposeAsync() => _stream.DisposeAsync();
}
