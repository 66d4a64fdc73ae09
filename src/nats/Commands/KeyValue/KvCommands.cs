using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv</c>: the group, and what its commands share.</summary>
internal static class KvCommands
{
    public static readonly Argument<string> Bucket = Argument.Required("bucket", "The bucket to act on");
    public static readonly Argument<string> Key = Argument.Required("key", "The key to act on");
    public static readonly Argument<string> Value = Argument.Optional("value", "The value to store, taken from STDIN when empty");
    public static readonly Flag<bool> Force = Flag.Switch("force", "Do not ask for confirmation", 'f');

    // The stream keeps no time to live of single messages.
    private const int TtlDisabled = 10166;

    public static CommandSpec Spec => new("kv", """
        Interacts with a JetStream based Key-Value store

        A bucket keeps values under keys in a JetStream stream, for ever or for as long as its TTL says.
        """)
    {
        Commands =
        [
            KvAddCommand.Spec,
            KvEditCommand.Spec,
            KvPutCommand.Spec,
            KvGetCommand.Spec,
            KvMgetCommand.Spec,
            KvCreateCommand.Spec,
            KvUpdateCommand.Spec,
            KvTouchCommand.Spec,
            KvDeleteCommand.Spec,
            KvPurgeCommand.Spec,
            KvHistoryCommand.Spec,
            KvRevertCommand.Spec,
            KvInfoCommand.Spec,
            KvWatchCommand.Spec,
            KvListCommand.Spec,
            KvCompactCommand.Spec,
        ],
    };

    /// <summary>The bucket of that name, which must exist.</summary>
    /// <exception cref="CliException">There is no such bucket.</exception>
    public static async Task<KeyValueBucket> OpenAsync(CliConnection connection, string bucket)
    {
        try
        {
            return await connection.Buckets.GetBucketAsync(bucket).ConfigureAwait(false);
        }
        catch (KeyValueBucketNotFoundException missing)
        {
            throw new CliException("nats: bucket not found", missing);
        }
    }

    /// <summary>The value argument, or all of standard input when that is empty and input is not a terminal.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadValueAsync(CommandContext context)
    {
        var text = context.Text(Value);
        if (text.Length > 0 || context.Host.IsInputTerminal)
        {
            return System.Text.Encoding.UTF8.GetBytes(text);
        }

        using var stream = context.Host.OpenInput();
        using var content = new MemoryStream();
        await stream.CopyToAsync(content).ConfigureAwait(false);
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    /// <summary>Waits for a write. What the stream refuses is told as an error of publishing.</summary>
    /// <param name="write">The write.</param>
    /// <param name="bucket">The bucket, for saying what to do where it takes no times to live.</param>
    public static async Task<ulong> StoreAsync(ValueTask<ulong> write, string bucket = "")
    {
        try
        {
            return await write.ConfigureAwait(false);
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == TtlDisabled && bucket.Length > 0)
        {
            var advice = $"keys of bucket {bucket} have no TTLs; allow them with: nats kv edit {bucket} --marker-ttl 1h";
            throw new CliException($"{ErrorText.ApiError(refused.Error)}\n{advice}", refused);
        }
        catch (JetStreamApiException refused)
        {
            throw new CliException("nats: " + ErrorText.ApiError(refused.Error), refused);
        }
    }
}
