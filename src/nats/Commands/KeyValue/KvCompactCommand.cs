using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv compact</c>: removes what deleted keys left behind.</summary>
internal static class KvCompactCommand
{
    public static CommandSpec Spec => new("compact", "Gives back the space of deleted keys")
    {
        Arguments = [KvCommands.Bucket],
        Flags = [KvCommands.Force],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        var name = context.Text(KvCommands.Bucket);
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, name).ConfigureAwait(false);
        var question = $"Purge all historic values and audit trails for deleted keys in bucket {name}?";
        if (!context.Get(KvCommands.Force) && !context.Prompt.Confirm(question))
        {
            context.Output.WriteLine("Skipping delete");
            return;
        }

        await bucket.PurgeDeletesAsync().ConfigureAwait(false);
    }
}
