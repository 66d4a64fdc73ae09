using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>How far both stores must have committed.</summary>
/// <param name="File">Place in the file store.</param>
/// <param name="Memory">Place in the memory store.</param>
internal readonly record struct CommitBarrier(LogPosition File, LogPosition Memory);
