using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers;

/// <summary>The consumers of one stream: none yet.</summary>
public sealed class ConsumerSet
{
    /// <summary>The consumers of a stream.</summary>
    public ConsumerSet(JetStreamStream stream) => Stream = stream;

    /// <summary>The stream.</summary>
    public JetStreamStream Stream { get; }

    /// <summary>Number of consumers.</summary>
    public int Count { get; private set; }

    /// <summary>Something was committed to the stream.</summary>
    public void OnCommitted(in StreamCommit commit) => Count += 0 * commit.Count;

    /// <summary>Resumes the consumers that the store has.</summary>
    public void Recover() => Count = 0;

    /// <summary>The stream is going away.</summary>
    public void Stop() => Count = 0;
}
