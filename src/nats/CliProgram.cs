using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Hosting;

namespace Rivulet.Cli;

/// <summary>
/// The program from its arguments to its exit code: 0 when the command did what was asked, 1 after any error. A command
/// line that makes no sense gets the command's help on standard output and an error line on standard error; whatever
/// fails later gets the one line <c>nats: error: …</c>.
/// </summary>
internal static class CliProgram
{
    private const int Success = 0;
    private const int Failure = 1;

    /// <summary>The version that <c>--version</c> prints and connections are named with.</summary>
    public static string Version => typeof(CliProgram).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>
    /// Runs to the end on the calling thread. Only commands are asynchronous: each method on the way that waits would cost
    /// start-up time, as the runtime compiles the machinery of an asynchronous method when it is first used.
    /// </summary>
    public static int Run(IReadOnlyList<string> arguments, CliHost host)
    {
        try
        {
            var exitCode = RunCommand(arguments, host);
            host.Output.Flush();
            host.Error.Flush();
            return exitCode;
        }
        catch (OutputClosedException)
        {
            return Failure;
        }
    }

    private static int RunCommand(IReadOnlyList<string> arguments, CliHost host)
    {
        var root = Commands.RootCommand.Spec;
        var line = CommandLineParser.Parse(root, arguments, host.Environment);
        try
        {
            return RunParsed(root, line, host);
        }
        catch (UsageException usage)
        {
            host.Error.Write($"error: {usage.Message}\n\n");
            host.Error.Flush();
            host.Output.Write(new HelpWriter(root, host.OutputWidth).Write(line, withGlobalFlags: false));
            return Failure;
        }
        catch (Exception failure) when (failure is not OutputClosedException && Connecting.ErrorText.Describe(failure) is { } text)
        {
            host.Output.Flush();
            host.Error.Write($"nats: error: {text}\n");
            return Failure;
        }
    }

    /// <summary>
    /// Values are checked before a mistake further along the line is told, and both before help is given; only then is
    /// asked what is missing.
    /// </summary>
    private static int RunParsed(CommandSpec root, ParsedCommandLine line, CliHost host)
    {
        if (!line.Has(GlobalFlags.Help))
        {
            line.CheckEnvironment(root.Flags);
        }

        line.Validate();
        if (line.Has(GlobalFlags.Version))
        {
            host.Output.WriteLine(CliProgram.Version);
            return Success;
        }

        if (line.Error is not null)
        {
            throw line.Error;
        }

        var isBare = line.Command == root;
        if (isBare || line.Has(GlobalFlags.Help))
        {
            host.Output.Write(new HelpWriter(root, host.OutputWidth).Write(line, line.Has(GlobalFlags.Help)));
            return Success;
        }

        line.Complete();
        line.RequireArguments();
        if (line.Command.Run is not { } run)
        {
            throw new UsageException(
                "a subcommand from the list below is required, use --help for full help including flags and arguments");
        }

        var context = new CommandContext(line, host);
        run(context).GetAwaiter().GetResult();
        return context.ExitCode;
    }
}
