using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands;

/// <summary><c>nats help [command…]</c>: the help of the program or of one command.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string> Command = Argument.Rest("command", "The command to show help of");

    public static CommandSpec Spec => new("help", "Shows help")
    {
        Arguments = [Command],
        IsHidden = true,
        Run = Run,
    };

    private static Task Run(CommandContext context)
    {
        var root = RootCommand.Spec;
        var named = CommandLineParser.Parse(root, context.GetAll(Command), context.Host.Environment);
        if (named.Error is not null)
        {
            throw new CliException(named.Error.Message, named.Error);
        }

        context.Output.Write(new HelpWriter(root, context.Host.OutputWidth).Write(named, withGlobalFlags: false));
        return Task.CompletedTask;
    }
}
