namespace Rivulet.JetStream.Origins;

/// <summary>What an origin is to the stream that copies it.</summary>
internal enum OriginKind
{
    /// <summary>The stream that it is a copy of.</summary>
    Mirror,

    /// <summary>One of the streams that it takes messages from.</summary>
    Source,
}
