namespace Rivulet.TestKit.Processes;

/// <summary>Where the programs lie that the solution's build leaves beside the tests.</summary>
public static class BuiltPrograms
{
    /// <summary>
    /// The environment variable that names another server program to test, such as the reference server: what our tests
    /// hold about a NATS server must hold there too.
    /// </summary>
    public const string ServerOverride = "RIVULET_TEST_SERVER";

    /// <summary>The folder of the repository, found upwards from the running test program.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Full path of the server program to test.</summary>
    public static string Server => IsServerOverridden
        ? Environment.GetEnvironmentVariable(ServerOverride)! : PathOf("nats-server");

    /// <summary>Whether <see cref="ServerOverride"/> names another server program than ours.</summary>
    public static bool IsServerOverridden => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ServerOverride));

    /// <summary>Full path of the command-line program.</summary>
    public static string CommandLine => PathOf("nats");

    /// <summary>Full path of the program that a project of the solution builds.</summary>
    /// <exception cref="FileNotFoundException">It is not there: the solution was not built.</exception>
    public static string PathOf(string project)
    {
        string name = OperatingSystem.IsWindows() ? project + ".exe" : project;
        // The configuration's folder is the one that the test itself runs from: release, usually.
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string path = Path.Combine(RepositoryRoot, "artifacts", "bin", project, configuration, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there; build the solution.", path);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Rivulet.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run from within a checkout.");
    }
}
