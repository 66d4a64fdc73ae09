using System.Text.Json.Serialization;

namespace Rivulet.Protocol;

/// <summary>The generated JSON code of the models in this folder.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Default)]
[JsonSerializable(typeof(ServerInfo))]
[JsonSerializable(typeof(ConnectOptions))]
internal sealed partial class ConnectionJsonContext : JsonSerializerContext;
