using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary>Runs one check and tells what it found.</summary>
internal static class CheckRunner
{
    public static readonly Flag<string> Format = Flag.Choice(
        "format", "Render the check in a specific format (nagios, json, prometheus, text)", ["nagios", "json", "prometheus", "text"], byDefault: "nagios");

    public static readonly Flag<string> Namespace = Flag.Text(
        "namespace", "The prometheus namespace to use in output", byDefault: "nats_server_check");

    public static readonly Flag<string> OutFile = Flag.Text("outfile", "Save output to a file rather than STDOUT");

    /// <summary>The flags that every check takes.</summary>
    public static FlagSpec[] Flags => [Format, Namespace, OutFile];

    /// <summary>Connects, checks, and prints. Whatever fails is what the check found.</summary>
    /// <param name="context">The command.</param>
    /// <param name="name">What is checked.</param>
    /// <param name="suite">The kind of check.</param>
    /// <param name="check">The check.</param>
    public static async Task RunAsync(CommandContext context, string name, string suite, Func<CliConnection, CheckResult, Task> check)
    {
        var result = new CheckResult(name, suite);
        CliConnection? connection = null;
        try
        {
            connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
            await check(connection, result).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NatsException or CliException or OperationCanceledException)
        {
            result.Critical(connection is null ? $"connection failed: {ErrorText.Describe(failure)}" : ErrorText.Describe(failure));
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        await TellAsync(context, result).ConfigureAwait(false);
    }

    /// <summary>Checks something that is no server's, and prints.</summary>
    public static Task RunAsync(CommandContext context, string name, string suite, Action<CheckResult> check)
    {
        var result = new CheckResult(name, suite);
        check(result);
        return TellAsync(context, result);
    }

    private static async Task TellAsync(CommandContext context, CheckResult result)
    {
        var text = result.Render(context.Text(Format), context.Text(Namespace), context.Style);
        if (context.Text(OutFile) is { Length: > 0 } file)
        {
            // Whoever reads it meanwhile sees all of it or none.
            var whole = file + ".new";
            await File.WriteAllTextAsync(whole, text).ConfigureAwait(false);
            File.Move(whole, file, overwrite: true);
        }
        else
        {
            context.Output.Write(text);
        }

        context.ExitCode = result.ExitCode;
    }
}
