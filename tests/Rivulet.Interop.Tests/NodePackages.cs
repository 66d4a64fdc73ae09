using Rivulet.TestKit.Processes;

namespace Rivulet.Interop.Tests;

/// <summary>
/// The scripts in the test's output folder, with the packages that their lock file pins, installed from the npm registry
/// when they are first needed and again when the lock file changes. One for the test run.
/// </summary>
public sealed class NodePackages : IAsyncLifetime
{
    private static readonly TimeSpan s_installLimit = TimeSpan.FromMinutes(5);

    /// <summary>Folder of the scripts.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "js");

    private static string LockFile => Path.Combine(Folder, "package-lock.json");

    /// <summary>A copy of the lock file that the installed packages came from; there only once all are there.</summary>
    private static string InstalledLockFile => Path.Combine(Folder, "node_modules", ".installed-lock.json");

    /// <summary>Why these tests cannot run on this machine; null if they can.</summary>
    public static string? WhyLeftOut { get; private set; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (await FindNodeAsync() is { } problem)
        {
            WhyLeftOut = $"JavaScript clients left out: {problem}";
            Console.WriteLine(WhyLeftOut);
            return;
        }

        if (!IsInstalled())
        {
            await InstallAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<string?> FindNodeAsync()
    {
        try
        {
            ProgramRun node = await ProgramRun.RunAsync("node", ["--version"], TimeSpan.FromSeconds(30));
            return node.ExitCode == 0 ? null : $"node --version ended with exit code {node.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "Node.js is not installed";
        }
    }

    private static bool IsInstalled() =>
        File.Exists(InstalledLockFile) && File.ReadAllText(InstalledLockFile) == File.ReadAllText(LockFile);

    private static async Task InstallAsync()
    {
        string npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        ProgramRun install = await ProgramRun.RunAsync(
            npm,
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"],
            s_installLimit,
            workingDirectory: Folder,
            environment: new Dictionary<string, string?> { ["npm_config_update_notifier"] = "false" });
        Assert.True(install.ExitCode == 0, $"npm ci failed:\n{install.Output}\n{install.Errors}");
        File.Copy(LockFile, InstalledLockFile, overwrite: true);
    }
}
