namespace Rivulet.Cli.CommandLine;

/// <summary>
/// A command, or a group of commands: what it is called, takes and does. The whole tree is built at start-up, so a
/// specification holds constants and delegates only, and does no work.
/// </summary>
internal sealed class CommandSpec(string name, string help)
{
    public string Name { get; } = name;

    public string[] Aliases { get; init; } = [];

    /// <summary>The help, whose first line stands for the command in lists.</summary>
    public string Help { get; } = help;

    /// <summary>More help, shown for the command itself only.</summary>
    public string? Details { get; init; }

    public ArgumentSpec[] Arguments { get; init; } = [];

    public FlagSpec[] Flags { get; init; } = [];

    public CommandSpec[] Commands { get; init; } = [];

    /// <summary>True when the command is not listed in the help.</summary>
    public bool IsHidden { get; init; }

    /// <summary>What the command does; null for a group.</summary>
    public Func<CommandContext, Task>? Run { get; init; }

    public CommandSpec? Find(string typed)
    {
        foreach (var command in Commands)
        {
            if (command.Name == typed || Array.IndexOf(command.Aliases, typed) >= 0)
            {
                return command;
            }
        }

        return null;
    }
}
