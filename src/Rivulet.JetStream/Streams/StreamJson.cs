using System.Text;
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
    /// <exception cref="InvalidDataException">It is not one.</exception>
    public static StreamConfig Deserialize(ReadOnlySpan<byte> json)
    {
        var config = new StreamConfig();
        return StreamConfigReader.ReadStored(json, config) is { } error
            ? throw new InvalidDataException($"Stream configuration cannot be read: {error}: {Encoding.UTF8.GetString(json)}")
            : config;
    }

    /// <summary>Whether two configurations are the same.</summary>
    public static bool AreEqual(StreamConfig a, StreamConfig b) => Serialize(a).AsSpan().SequenceEqual(Serialize(b));
}
