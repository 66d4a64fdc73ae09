using System.Text;

namespace Rivulet.JetStream.Streams;

/// <summary>A batch that is not finished.</summary>
/// <param name="id">Its id, any bytes.</param>
internal abstract class OpenBatch(byte[] id)
{
    /// <summary>Its id.</summary>
    public ReadOnlyMemory<byte> Id { get; } = id;

    /// <summary>Its id as answers have it.</summary>
    public string IdText => Encoding.UTF8.GetString(Id.Span);

    /// <summary>When it is given up unless another message comes, in nanoseconds since the Unix epoch.</summary>
    public long DeadlineNanos { get; set; }

    /// <summary>Bytes that it holds.</summary>
    public virtual long Bytes => 0;
}
