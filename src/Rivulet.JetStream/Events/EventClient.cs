using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Events;

/// <summary>A client as events name it. What is not known is left out.</summary>
internal sealed record EventClient
{
    /// <summary>When it connected, nanoseconds since 1970.</summary>
    [JsonPropertyName("start"), JsonConverter(typeof(UnixNanosConverter))]
    public required long StartNanos { get; init; }

    /// <summary>Its address, without port.</summary>
    [JsonPropertyName("host"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Host { get; init; }

    /// <summary>Connection id.</summary>
    [JsonPropertyName("id")]
    public required ulong Id { get; init; }

    /// <summary>Its account.</summary>
    [JsonPropertyName("acc")]
    public required string Account { get; init; }

    /// <summary>User that it authenticated as.</summary>
    [JsonPropertyName("user"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? User { get; init; }

    /// <summary>Name that it gave itself.</summary>
    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Name { get; init; }

    /// <summary>Language of its library.</summary>
    [JsonPropertyName("lang"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Language { get; init; }

    /// <summary>Version of its library.</summary>
    [JsonPropertyName("ver"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Version { get; init; }

    /// <summary>Last measured round trip in nanoseconds.</summary>
    [JsonPropertyName("rtt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public required long RoundTripNanos { get; init; }

    /// <summary>Name of the server that it is connected to.</summary>
    [JsonPropertyName("server")]
    public required string Server { get; init; }

    /// <summary>What kind of connection it has.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; } = "Client";

    /// <summary>What protocol it speaks.</summary>
    [JsonPropertyName("client_type")]
    public string ClientType { get; } = "nats";

    /// <summary>A client by what its connection knows; <c>null</c> for the server itself.</summary>
    public static EventClient? From(ClientIdentity? client, string server) => client is null ? null : new EventClient
    {
        StartNanos = client.Start == default ? 0 : Rfc3339.ToUnixNanos(client.Start),
        Host = NullIfEmpty(client.Host),
        Id = client.Id,
        Account = client.Account,
        User = NullIfEmpty(client.User),
        Name = NullIfEmpty(client.Name),
        Language = NullIfEmpty(client.Language),
        Version = NullIfEmpty(client.Version),
        RoundTripNanos = client.RoundTrip.Ticks * TimeSpan.NanosecondsPerTick,
        Server = server,
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
