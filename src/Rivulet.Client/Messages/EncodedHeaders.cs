using Rivulet.Protocol;

namespace Rivulet.Client;

/// <summary>Headers as a block of bytes, for as long as their message is being written.</summary>
internal ref struct EncodedHeaders
{
    private HeaderBlockBuilder _builder;

    public EncodedHeaders(NatsHeaders? headers, Span<byte> stackBuffer)
    {
        _builder = new HeaderBlockBuilder(stackBuffer);
        if (headers is null || headers.Count == 0)
            return;
        _builder.Start();
        headers.WriteTo(ref _builder);
        Bytes = _builder.Finish();
    }

    /// <summary>The block; empty if there are no headers.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose() => _builder.Dispose();
}
