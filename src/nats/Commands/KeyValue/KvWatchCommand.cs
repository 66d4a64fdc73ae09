using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv watch</c>: what keys hold, then every change, until interrupted.</summary>
internal static class KvWatchCommand
{
    private const string Green = "\e[32m";
    private const string Red = "\e[31m";
    private const string NoColor = "\e[0m";

    private static readonly Argument<string> Key = Argument.Optional("key", "The key to act on", ">");
    private static readonly Flag<bool> History = Flag.Switch("history", "Begin with every revision kept, not the last of each key");
    private static readonly Flag<bool> Deletes = Flag.Toggle("deletes", "Show deletes too", byDefault: true);
    private static readonly Flag<bool> Updates = Flag.Switch("updates", "Show only what changes from now on");
    private static readonly Flag<ulong> Revision = Flag.Unsigned("revision", "Begin with this revision");
    private static readonly Flag<string> FromRevision = Flag.Text(
        "from-revision", "Go on behind this revision, and fail if changes since then are gone (Rivulet servers)", "REVISION");
    private static readonly Flag<bool> Touches = Flag.Toggle("touches", "Show revisions that only extend a key's time to live", byDefault: true);

    public static CommandSpec Spec => new("watch", "Shows a key or a bucket as it changes")
    {
        Arguments = [KvCommands.Bucket, Key],
        Flags = [History, Deletes, Updates, Revision, FromRevision, Touches],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        using var interrupted = new CancellationTokenSource();
        using var interrupt = context.Host.OnInterrupt(interrupted.Cancel);
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        await using var watch = await StartAsync(context, bucket).ConfigureAwait(false);
        try
        {
            while (await watch.ReadAsync(interrupted.Token).ConfigureAwait(false) is { } entry)
            {
                Show(context, entry);
            }
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
        }
    }

    private static async Task<KeyValueWatch> StartAsync(CommandContext context, KeyValueBucket bucket)
    {
        var (history, updates) = (context.Get(History), context.Get(Updates));
        if (history && updates)
        {
            throw new CliException("nats: invalid jetstream option: updates only cannot be used with include history");
        }

        KeyValuePosition? resumeAfter = null;
        var position = context.Text(FromRevision);
        if (position.Length > 0)
        {
            resumeAfter = KeyValuePosition.TryParse(position, out var parsed)
                ? parsed
                : throw new CliException($"not a revision: {position}");
            if (history || updates || context.Get(Revision) > 0)
            {
                throw new CliException("--from-revision excludes --history, --updates and --revision");
            }
        }

        try
        {
            return await bucket.WatchAsync(context.Text(Key), new KeyValueWatchOptions
            {
                IncludeHistory = history,
                UpdatesOnly = updates,
                IgnoreDeletes = !context.Get(Deletes),
                ResumeFromRevision = context.Get(Revision),
                ResumeAfter = resumeAfter,
                IgnoreTouches = !context.Get(Touches),
            }).ConfigureAwait(false);
        }
        catch (KeyValueInvalidKeyException invalid)
        {
            throw KvListCommand.InvalidFilter(invalid);
        }
    }

    private static void Show(CommandContext context, KeyValueEntry entry)
    {
        var operation = KvHistoryCommand.OperationName(entry.Operation);
        if (context.Host.IsOutputTerminal)
        {
            operation = (entry.Operation == KeyValueOperation.Put ? Green : Red) + operation + NoColor;
        }

        context.Output.Write($"[{context.Time(entry.Created)}] {operation} {entry.Bucket} > {entry.Key}");
        if (entry.Operation == KeyValueOperation.Put)
        {
            context.Output.Write(": "u8);
            context.Output.Write(entry.Value.Span);
        }

        context.Output.WriteLine();
        context.Output.Flush();
    }
}
