using System.Diagnostics;
using System.Text;

namespace Rivulet.TestKit.Processes;

/// <summary>A program that was run to its end: what it printed, and its exit code.</summary>
/// <param name="ExitCode">The exit code; on Unix 128 + n if signal n ended it.</param>
/// <param name="Output">All of standard output.</param>
/// <param name="Errors">All of standard error.</param>
public sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program. Its standard input is <paramref name="input"/>, or at its end from the start.</summary>
    /// <param name="program">Full path, or the name of a program on the path.</param>
    /// <param name="arguments">Arguments, handed over as they are.</param>
    /// <param name="limit">After this time its process tree is ended.</param>
    /// <param name="input">What it can read from standard input, UTF-8.</param>
    /// <param name="workingDirectory">Null: the test's own.</param>
    /// <param name="environment">Variables to set; a null value removes one.</param>
    /// <exception cref="TimeoutException">It did not end in time; the message holds what it printed.</exception>
    public static async Task<ProgramRun> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan limit, string? input = null,
        string? workingDirectory = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        using Process process = Start(program, arguments, workingDirectory, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading what it was given, as it may.
        }

        using var timer = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} did not end within {limit}. It printed:\n{await output.ConfigureAwait(false)}\n{await errors.ConfigureAwait(false)}");
        }

        return new ProgramRun(process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
    }

    internal static Process Start(
        string program, IEnumerable<string> arguments, string? workingDirectory, IReadOnlyDictionary<string, string?>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        if (workingDirectory is not null)
        {
            start.WorkingDirectory = workingDirectory;
        }

        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
