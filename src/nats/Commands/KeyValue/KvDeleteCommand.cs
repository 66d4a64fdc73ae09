using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv del</c>: deletes a key and keeps its history, or deletes the bucket.</summary>
internal static class KvDeleteCommand
{
    private static readonly Argument<string> Key = Argument.Optional("key", "The key to act on");

    public static CommandSpec Spec => new("del", "Deletes a key, or the bucket with all its keys")
    {
        Aliases = ["rm"],
        Arguments = [KvCommands.Bucket, Key],
        Flags = [KvCommands.Force],
        Run = context => context.Text(Key).Length == 0 ? DeleteBucketAsync(context) : DeleteKeyAsync(context),
    };

    private static async Task DeleteKeyAsync(CommandContext context)
    {
        var (name, key) = (context.Text(KvCommands.Bucket), context.Text(Key));
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, name).ConfigureAwait(false);
        if (IsConfirmed(context, $"Delete key {name} > {key}?"))
        {
            await KvCommands.StoreAsync(bucket.DeleteAsync(key)).ConfigureAwait(false);
        }
    }

    private static async Task DeleteBucketAsync(CommandContext context)
    {
        var name = context.Text(KvCommands.Bucket);
        if (!IsConfirmed(context, $"Delete bucket {name}?"))
        {
            return;
        }

        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        await connection.Buckets.DeleteBucketAsync(name).ConfigureAwait(false);
    }

    private static bool IsConfirmed(CommandContext context, string question)
    {
        if (context.Get(KvCommands.Force) || context.Prompt.Confirm(question))
        {
            return true;
        }

        context.Output.WriteLine("Skipping delete");
        return false;
    }
}
