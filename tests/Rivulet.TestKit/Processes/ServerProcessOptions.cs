namespace Rivulet.TestKit.Processes;

/// <summary>How to start a server program under test.</summary>
public sealed record ServerProcessOptions
{
    /// <summary>The program; by default the one that the solution built, or what <see cref="BuiltPrograms.ServerOverride"/> names.</summary>
    public string Program { get; init; } = BuiltPrograms.Server;

    /// <summary>Whether to start it with JetStream, on <see cref="StoreDirectory"/>.</summary>
    public bool JetStream { get; init; } = true;

    /// <summary>Where it keeps its data. Null: a folder of its own, deleted in the end.</summary>
    public string? StoreDirectory { get; init; }

    /// <summary>Text of a configuration file to start it with. Null: no configuration file.</summary>
    public string? Configuration { get; init; }

    /// <summary>Further arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>How long a start may take until the server says that it is ready.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);
}
