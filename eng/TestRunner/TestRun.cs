using System.Diagnostics;

namespace Rivulet.TestRunner;

/// <summary>Builds, then runs the selected projects: first those that may share the processors, then each of the others alone.</summary>
internal sealed class TestRun(string root, TestRunOptions options)
{
    private const int SharedLanes = 2;

    // Read by the tests that start programs.
    private const string PublishedVariable = "RIVULET_TEST_PUBLISHED";

    private static readonly string[] s_programs = ["nats-server", "nats"];

    private readonly string _solution = Path.Combine(root, "Rivulet.slnx");

    /// <summary>Returns the exit code of the whole: 0 only if something ran and nothing failed.</summary>
    public async Task<int> RunAsync()
    {
        IReadOnlyList<TestProject> projects = Select();
        if (projects.Count == 0)
        {
            Console.Error.WriteLine($"test: no test project matches '{string.Join("', '", options.NameParts)}'");
            return 2;
        }

        if (!options.NoBuild && !await BuildAsync(projects))
        {
            Console.Error.WriteLine("test: the build failed; no test was run");
            return 1;
        }

        if (options.Published && !await PublishAsync())
        {
            Console.Error.WriteLine("test: a program could not be published; no test was run");
            return 1;
        }

        TestOutcome sum = await RunAllAsync(projects);
        if (sum.Total == 0)
        {
            Console.Error.WriteLine("test: no test matches");
        }

        Console.WriteLine(sum);
        return sum.Failed > 0 || sum.Total == 0 ? 1 : 0;
    }

    private IReadOnlyList<TestProject> Select()
    {
        IReadOnlyList<TestProject> all = TestProject.ReadAll(_solution);
        return options.NameParts.Count == 0
            ? all
            : [.. all.Where(project => options.NameParts.Exists(
                part => project.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))];
    }

    private async Task<bool> BuildAsync(IReadOnlyList<TestProject> projects)
    {
        IEnumerable<string> targets =
            options.NameParts.Count == 0 ? [_solution] : projects.Select(project => project.ProjectFile);
        foreach (string target in targets)
        {
            Console.WriteLine($"Building {Path.GetFileName(target)} ...");
            string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
            string[] arguments =
                ["msbuild", target, "-restore", "-p:Configuration=Release", "-v:quiet", "-nologo", "-m", "-nodeReuse:false"];
            if (!await SucceedsAsync(dotnet, arguments))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Has the scripts at the root build their programs, and the tests take those.</summary>
    private async Task<bool> PublishAsync()
    {
        Environment.SetEnvironmentVariable(PublishedVariable, "1");
        foreach (string program in s_programs)
        {
            Console.WriteLine($"Publishing {program} ...");
            string script = Path.Combine(root, OperatingSystem.IsWindows() ? program + ".cmd" : program);
            if (!await SucceedsAsync(script, ["--version"]))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> SucceedsAsync(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = root })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private async Task<TestOutcome> RunAllAsync(IReadOnlyList<TestProject> projects)
    {
        string reports = Path.Combine(root, "artifacts", "test-reports");
        Directory.CreateDirectory(reports);
        var sum = new TestOutcome();

        using var lanes = new SemaphoreSlim(SharedLanes);
        foreach (TestOutcome outcome in await Task.WhenAll(projects.Where(p => p.RunsBesideOthers).Select(RunBesideOthersAsync)))
        {
            sum += outcome;
        }

        foreach (TestProject project in projects.Where(p => !p.RunsBesideOthers))
        {
            sum += await new TestProgram(project, options, reports).RunAsync(hold: false);
        }

        return sum;

        async Task<TestOutcome> RunBesideOthersAsync(TestProject project)
        {
            await lanes.WaitAsync();
            try
            {
                return await new TestProgram(project, options, reports).RunAsync(hold: true);
            }
            finally
            {
                lanes.Release();
            }
        }
    }
}
