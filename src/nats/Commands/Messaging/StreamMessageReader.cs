using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary>
/// <c>nats sub</c> on a stream: reads it in order through a consumer that is made for it and goes with it, from where the
/// flags say.
/// </summary>
internal sealed class StreamMessageReader(CommandContext context, CliConnection connection, ReceivedMessagePrinter printer, CancellationTokenSource stop)
{
    private readonly IgnoredSubjects _ignored = new(context);

    /// <summary>True when a flag asks for a stream.</summary>
    public static bool IsAsked(CommandContext context) =>
        context.Get(SubscribeFlags.StartSequence) > 0 || context.Get(SubscribeFlags.All) || context.Get(SubscribeFlags.New)
        || context.Get(SubscribeFlags.Last) || context.Text(SubscribeFlags.Since).Length > 0
        || context.Get(SubscribeFlags.LastPerSubject) || context.Text(SubscribeFlags.Stream).Length > 0;

    /// <exception cref="CliException">Flags were given that make no sense with a stream.</exception>
    public static void Check(CommandContext context, List<string> subjects)
    {
        Refuse(subjects.Count > 1, "streams subscribe support only 1 subject");
        Refuse(context.Get(SubscribeFlags.Inbox), "generating inboxes is not compatible with JetStream subscriptions");
        Refuse(context.Text(SubscribeFlags.Queue).Length > 0, "queue group subscriptions are not supported with JetStream");
        Refuse(context.Get(SubscribeFlags.MatchReplies), "cannot enable --match-replies for JetStream streams");
    }

    /// <summary>Prints messages until there were enough, the stream's end is reached where that is asked for, none came for
    /// too long, or the user has.</summary>
    public async Task RunAsync(string subject)
    {
        var stream = await FindAsync(subject).ConfigureAwait(false);
        var options = Options(subject.Length == 0 ? ">" : subject);
        await using var consumer = await stream.CreateOrderedConsumerAsync(options).ConfigureAwait(false);
        var endsAtEnd = context.Get(SubscribeFlags.TerminateAtEnd);
        if (endsAtEnd && consumer.InitialPending == 0)
        {
            return;
        }

        try
        {
            await ReadAsync(consumer, endsAtEnd).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task ReadAsync(OrderedConsumer consumer, bool endsAtEnd)
    {
        var waitNanos = context.Get(SubscribeFlags.Wait);
        var countMax = context.Get(SubscribeFlags.Count);
        ulong count = 0;
        RestartWait();
        while (await consumer.ReadAsync(stop.Token).ConfigureAwait(false) is { } message)
        {
            if (!_ignored.Contains(message.Subject))
            {
                count++;
                await printer.PrintAsync(message, count).ConfigureAwait(false);
                context.Output.Flush();
            }

            if ((countMax > 0 && count >= countMax) || (endsAtEnd && message.Pending == 0))
            {
                return;
            }

            RestartWait();
        }

        void RestartWait()
        {
            if (waitNanos > 0)
            {
                stop.CancelAfter(Durations.ToTimeSpan(waitNanos));
            }
        }
    }

    private async Task<JetStreamStream> FindAsync(string subject)
    {
        if (context.Text(SubscribeFlags.Stream) is { Length: > 0 } name)
        {
            return await connection.JetStream.GetStreamAsync(name).ConfigureAwait(false);
        }

        await foreach (var found in connection.JetStream.ListStreamNamesAsync(subject).ConfigureAwait(false))
        {
            return await connection.JetStream.GetStreamAsync(found).ConfigureAwait(false);
        }

        throw new CliException($"no stream found with subject: {subject}");
    }

    private OrderedConsumerOptions Options(string subject)
    {
        var options = new OrderedConsumerOptions
        {
            FilterSubjects = [subject],
            HeadersOnly = context.Get(SubscribeFlags.HeadersOnly) || context.Get(SubscribeFlags.SubjectsOnly),
        };
        if (context.Get(SubscribeFlags.StartSequence) is > 0 and var sequence)
        {
            Say(subject, $"starting at sequence {Numbers.Plain(sequence)}");
            return options with { DeliverPolicy = DeliverPolicy.ByStartSequence, StartSequence = sequence };
        }

        if (context.Get(SubscribeFlags.Last))
        {
            Say(subject, "from last received message");
            return options with { DeliverPolicy = DeliverPolicy.Last };
        }

        if (context.Get(SubscribeFlags.All))
        {
            Say(subject, "from first received message");
            return options with { DeliverPolicy = DeliverPolicy.All };
        }

        if (context.Get(SubscribeFlags.New))
        {
            Say(subject, "for new messages");
            return options with { DeliverPolicy = DeliverPolicy.New };
        }

        return context.Text(SubscribeFlags.Since).Length > 0 ? Since(options, subject) : LastPerSubject(options, subject);
    }

    private OrderedConsumerOptions Since(OrderedConsumerOptions options, string subject)
    {
        var nanos = Durations.Parse(context.Text(SubscribeFlags.Since));
        Say(subject, $"since {Durations.Short(nanos)}");
        return options with
        {
            DeliverPolicy = DeliverPolicy.ByStartTime,
            StartTime = context.Host.Clock.GetUtcNow() - Durations.ToTimeSpan(nanos),
        };
    }

    private OrderedConsumerOptions LastPerSubject(OrderedConsumerOptions options, string subject)
    {
        if (!context.Get(SubscribeFlags.LastPerSubject))
        {
            return options;
        }

        Say(subject, "for last message per subject");
        return options with { DeliverPolicy = DeliverPolicy.LastPerSubject };
    }

    private void Say(string subject, string where) => context.Log.Line($"Subscribing to subject {subject} {where} {_ignored.Notice}");

    private static void Refuse(bool condition, string text)
    {
        if (condition)
        {
            throw new CliException(text);
        }
    }
}
