namespace Rivulet.Conformance.Tests.Targets;

/// <summary>A server that scripts run against. Started anew for each script.</summary>
public abstract class ConformanceTarget : IAsyncDisposable
{
    /// <summary>The variable that names the reference server's program, to run every script against it too.</summary>
    public const string ReferenceVariable = "RIVULET_REFERENCE_SERVER";

    /// <summary>The names of the targets of this run.</summary>
    public static IReadOnlyList<string> Names { get; } = ReferenceProgram is null
        ? ["rivulet", "rivulet in process"]
        : ["rivulet", "rivulet in process", "reference"];

    private static string? ReferenceProgram
    {
        get
        {
            string? program = Environment.GetEnvironmentVariable(ReferenceVariable);
            return string.IsNullOrEmpty(program) ? null : program;
        }
    }

    /// <summary>Starts a target by its name.</summary>
    public static async Task<ConformanceTarget> StartAsync(string name, ServerSettings settings)
    {
        return name switch
        {
            "rivulet" => await RivuletTarget.StartServerAsync(settings, overSockets: true),
            "rivulet in process" => await RivuletTarget.StartServerAsync(settings, overSockets: false),
            "reference" => await ReferenceTarget.StartProgramAsync(
                ReferenceProgram ?? throw new InvalidOperationException($"{ReferenceVariable} is not set."), settings),
            _ => throw new ArgumentException($"There is no target '{name}'.", nameof(name)),
        };
    }

    /// <summary>Opens a connection as a client does; nothing has been read from it.</summary>
    public abstract Task<Stream> ConnectAsync();

    public abstract ValueTask DisposeAsync();
}
