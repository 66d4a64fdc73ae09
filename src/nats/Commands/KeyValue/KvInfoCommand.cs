using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv info</c>: the settings and the state of a bucket.</summary>
internal static class KvInfoCommand
{
    private static readonly Argument<string> Bucket = Argument.Optional("bucket", "The bucket to act on");

    public static CommandSpec Spec => new("info", "Shows the settings and the state of a bucket")
    {
        Aliases = ["view", "status"],
        Arguments = [Bucket],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var name = context.Text(Bucket);
        if (name.Length == 0)
        {
            name = await PickAsync(context, connection).ConfigureAwait(false);
        }

        var bucket = await KvCommands.OpenAsync(connection, name).ConfigureAwait(false);
        KvStatusBlock.Print(context, await bucket.StatusAsync().ConfigureAwait(false));
    }

    private static async Task<string> PickAsync(CommandContext context, CliConnection connection)
    {
        var names = new List<string>();
        await foreach (var name in connection.Buckets.ListBucketNamesAsync().ConfigureAwait(false))
        {
            names.Add(name);
        }

        return names.Count == 0 ? throw new CliException("no KV buckets found") : context.Prompt.Select("Select a Bucket", names);
    }
}
