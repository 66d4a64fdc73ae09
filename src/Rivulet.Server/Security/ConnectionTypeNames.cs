namespace Rivulet.Server.Security;

/// <summary>The names of ways to connect, as configuration files and claims have them.</summary>
internal static class ConnectionTypeNames
{
    /// <summary>The types that names stand for, in any case.</summary>
    /// <param name="names">The names.</param>
    /// <param name="error">What to say about names that stand for none; null if there are no such names.</param>
    public static ConnectionTypes Read(IEnumerable<string> names, out string? error)
    {
        var types = ConnectionTypes.None;
        var unknown = new List<string>();
        foreach (string name in names.Select(name => name.ToUpperInvariant()))
        {
            var type = Find(name);
            if (type == ConnectionTypes.None)
                unknown.Add($"\"{name}\"");
            types |= type;
        }

        error = unknown.Count > 0 ? $"invalid connection types [{string.Join(' ', unknown)}]" : null;
        return types;
    }

    private static ConnectionTypes Find(string name)
    {
        return name switch
        {
            "STANDARD" => ConnectionTypes.Standard,
            "WEBSOCKET" => ConnectionTypes.WebSocket,
            "LEAFNODE" => ConnectionTypes.LeafNode,
            "LEAFNODE_WS" => ConnectionTypes.LeafNodeWebSocket,
            "MQTT" => ConnectionTypes.Mqtt,
            "MQTT_WS" => ConnectionTypes.MqttWebSocket,
            "IN_PROCESS" => ConnectionTypes.InProcess,
            _ => ConnectionTypes.None,
        };
    }
}
