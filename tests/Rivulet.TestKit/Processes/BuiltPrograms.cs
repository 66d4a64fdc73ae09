namespace Rivulet.TestKit.Processes;

/// <summary>
/// Where the programs lie: those that the solution's build leaves beside the tests, or those that the scripts at the root
/// start, when the environment variable <c>RIVULET_TEST_PUBLISHED</c> is set (<c>./test --published</c>).
/// </summary>
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
        ? Environment.GetEnvironmentVariable(ServerOverride)! : ProgramOf("nats-server");

    /// <summary>Whether <see cref="ServerOverride"/> names another server program than ours.</summary>
    public static bool IsServerOverridden => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ServerOverride));

    /// <summary>Full path of the command-line program.</summary>
    public static string CommandLine => ProgramOf("nats");

    /// <summary>Full path of the program that a project of the solution builds.</summary>
    /// <exception cref="FileNotFoundException">It is not there: the solution was not built.</exception>
    public static string PathOf(string project)
    {
        // The configuration's folder is the one that the test itself runs from: release, usually.
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Existing(Path.Combine("bin", project, configuration), project);
    }

    private static string ProgramOf(string project) =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("RIVULET_TEST_PUBLISHED"))
            ? PathOf(project) : Existing("programs", project);

    private static string Existing(string folder, string program)
    {
        string name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        string path = Path.Combine(RepositoryRoot, "artifacts", folder, name);
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
