using System.Text.Json;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands;

/// <summary>The measurement of one address. Filled in by the command as it goes.</summary>
internal sealed class RttResult(string address, string user)
{
    /// <summary>The address without credentials, as shown.</summary>
    public string Address { get; } = address;

    /// <summary>The address to connect to.</summary>
    public string Server { get; } = address.Replace("://", "://" + user, StringComparison.Ordinal);

    /// <summary>When the measurement began.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Mean of the round trips; 0 when it failed.</summary>
    public long RttNanos { get; set; }

    /// <summary>The address connected to; empty when it failed.</summary>
    public string Url { get; set; } = "";

    public void Write(Utf8JsonWriter json, TimeProvider clock)
    {
        json.WriteStartObject();
        json.WriteString("time", Times.Rfc3339(Time, clock));
        json.WriteString("address", Address);
        json.WriteNumber("rtt", RttNanos);
        json.WriteString("url", Url);
        json.WriteEndObject();
    }
}
