using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary><c>nats sub</c>: shows the messages of one or several subjects until it is interrupted, or has enough.</summary>
internal static class SubscribeCommand
{
    private static readonly Argument<string> Subjects = Argument.Rest("subjects", "Subjects to subscribe to");

    public static CommandSpec Spec => new("subscribe", "Generic subscription client")
    {
        Aliases = ["sub"],
        Details = """
            Several subjects may be given, with wildcards; messages are shown as they come.

               nats sub 'orders.*' returns

            It ends when interrupted, after --count messages, or after --wait without any.

            With --stream, --all, --new, --last, --since, --last-per-subject or --start-sequence it reads a stream, without acknowledging anything.

               nats sub --stream ORDERS --last-per-subject
            """,
        Arguments = [Subjects],
        Flags = SubscribeFlags.InOrder,
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        var subjects = context.GetAll(Subjects);
        if (subjects.Count == 0 && context.Text(SubscribeFlags.Stream).Length == 0 && !context.Get(SubscribeFlags.Inbox))
        {
            context.Output.WriteLine("No subjects or --stream flag provided.");
            throw new UsageException("required argument");
        }

        CheckFlags(context);
        var isStream = StreamMessageReader.IsAsked(context);
        if (isStream)
        {
            StreamMessageReader.Check(context, subjects);
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = context.Host.OnInterrupt(stop.Cancel);
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var printer = new ReceivedMessagePrinter(context);
        if (isStream)
        {
            var subject = subjects.Count == 0 ? "" : subjects[0];
            await new StreamMessageReader(context, connection, printer, stop).RunAsync(subject).ConfigureAwait(false);
            return;
        }

        if (subjects.Count == 0)
        {
            subjects.Add(connection.Nats.NewInbox());
        }

        await using var receiver = new MessageReceiver(context, connection, printer, stop);
        Announce(context, subjects, receiver);
        await receiver.SubscribeAsync(subjects).ConfigureAwait(false);
        await receiver.RunAsync().ConfigureAwait(false);
    }

    private static void Announce(CommandContext context, List<string> subjects, MessageReceiver receiver)
    {
        var isQuiet = context.Get(SubscribeFlags.Raw) || context.Text(SubscribeFlags.Dump).Length > 0;
        if (context.Get(SubscribeFlags.MatchReplies) && !isQuiet)
        {
            context.Log.Line($"Matching replies with inbox prefix {receiver.InboxFilter}");
        }

        if (isQuiet && !context.Get(SubscribeFlags.Inbox))
        {
            return;
        }

        var ignored = receiver.Ignored.Notice;
        context.Log.Line(context.Get(SubscribeFlags.Ack)
            ? $"Subscribing on {subjects[0]} with acknowledgement of JetStream messages {ignored}"
            : $"Subscribing on {string.Join(", ", subjects)} {ignored}");
    }

    private static void CheckFlags(CommandContext context)
    {
        ReadOnlySpan<FlagSpec> missing =
        [
            SubscribeFlags.Durable, SubscribeFlags.Direct, SubscribeFlags.ReportSubjects, SubscribeFlags.ReportSubscriptions,
            SubscribeFlags.Graph,
        ];
        foreach (var flag in missing)
        {
            if (context.Has(flag))
            {
                throw new CliException($"--{flag.Name} is not supported yet");
            }
        }

        if (context.Get(SubscribeFlags.TerminateAtEnd) && !StreamMessageReader.IsAsked(context))
        {
            throw new CliException("--terminate-at-end is only supported for JetStream subscriptions");
        }

        if (context.Get(SubscribeFlags.Inbox) && context.Text(SubscribeFlags.Dump) == "-")
        {
            throw new CliException("generating inboxes is not compatible with dumping to stdout using null terminated strings");
        }

        if (context.Get(SubscribeFlags.Timestamp) && context.Get(SubscribeFlags.DeltaTime))
        {
            throw new CliException("timestamp and delta-time flags are mutually exclusive");
        }
    }
}
