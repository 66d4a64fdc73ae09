using System.Text.Json;
using Rivulet.JetStream.Api;

namespace Rivulet.JetStream.Streams;

/// <summary>Stream configurations as the bytes that the store keeps: the JSON of the API.</summary>
internal static class StreamJson
{
    /// <summary>Writes a configuration.</summary>
    public static byte[] Serialize(StreamConfig config) =>
        JsonSerializer.SerializeToUtf8Bytes(config, ApiJsonContext.Relaxed.StreamConfig);

    /// <summary>Reads a configuration that <see cref="Serialize"/> wrote.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="config">The configuration.</param>
    /// <returns>What is wrong with the bytes, or <c>null</c>.</returns>
    public static string? TryDeserialize(ReadOnlySpan<byte> json, out StreamConfig config)
    {
        config = new StreamConfig();
        return StreamConfigReader.ReadStored(json, config) is { } error ? $"configuration cannot be read: {error}" : null;
    }

    /// <summary>Whether two configurations are the same.</summary>
    public static bool AreEqual(StreamConfig a, StreamConfig b) => Serialize(a).AsSpan().SequenceEqual(Serialize(b));
}
