namespace Rivulet.Server.Configuration.Keys;

/// <summary>Every map of a configuration file with the keys that it may have: what the parser reads and what it refuses by name.</summary>
internal static class ConfigurationBlocks
{
    /// <summary>The blocks by their names in the documentation, each with all spellings of its keys.</summary>
    public static IReadOnlyList<(string Name, IEnumerable<string> Keys)> All { get; } =
    [
        ("top level", ServerKeys.Table.Names),
        ("authorization", AuthorizationKeys.InnerNames),
        ("auth_callout", AuthorizationKeys.CalloutNames),
        ("users", UserKeys.Names),
        ("permissions", PermissionKeys.Names),
        ("publish and subscribe", PermissionKeys.SubjectNames),
        ("allow_responses", PermissionKeys.ResponseNames),
        ("accounts", AccountKeys.InnerNames),
        ("limits of accounts", AccountKeys.LimitNames),
        ("jetstream of accounts", AccountJetStreamKeys.Names),
        ("msg_trace", TraceKeys.Names),
        ("exports", ExportKeys.Names),
        ("imports", ImportKeys.Names),
        ("stream and service of imports", ImportKeys.SourceNames),
        ("mappings", MappingKeys.DestinationNames),
        ("resolver", OperatorKeys.ResolverMapNames),
        ("jetstream", JetStreamKeys.InnerNames),
        ("limits of jetstream", JetStreamKeys.LimitNames),
        ("batch", JetStreamKeys.BatchNames),
        ("tls", TlsKeys.InnerNames),
        ("certs", TlsKeys.PairNames),
        ("websocket", WebSocketKeys.InnerNames),
        ("authorization of websocket", WebSocketKeys.AuthorizationNames),
    ];
}
