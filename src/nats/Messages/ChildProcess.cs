using System.ComponentModel;
using System.Diagnostics;

namespace Rivulet.Cli.Messages;

/// <summary>Runs a program of the user and collects what it prints.</summary>
internal static class ChildProcess
{
    /// <summary>What a run gave: output and errors together, in no set order between the two, and the exit code.</summary>
    public readonly record struct Result(byte[] Output, int ExitCode);

    /// <exception cref="CliException">The program cannot be started.</exception>
    public static async Task<Result> RunAsync(
        IReadOnlyList<string> words, ReadOnlyMemory<byte> input, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        for (var i = 1; i < words.Count; i++)
        {
            start.ArgumentList.Add(words[i]);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start) ?? throw new CliException($"cannot start {words[0]}");
            return await ExchangeAsync(process, input).ConfigureAwait(false);
        }
        catch (Win32Exception cause)
        {
            throw new CliException($"exec: {Formats.Quoting.Quote(words[0])}: {cause.Message}", cause);
        }
    }

    private static async Task<Result> ExchangeAsync(Process process, ReadOnlyMemory<byte> input)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var reading = Task.WhenAll(
            process.StandardOutput.BaseStream.CopyToAsync(output),
            process.StandardError.BaseStream.CopyToAsync(errors));
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended, or closed its input, without reading all of it; it may not want it.
        }

        await reading.ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        errors.WriteTo(output);
        return new Result(output.ToArray(), process.ExitCode);
    }
}
