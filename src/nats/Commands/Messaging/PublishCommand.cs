using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Cli.Hosting;
using Rivulet.Cli.Messages;
using Rivulet.Client;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary><c>nats pub</c>: publishes one or many messages, to subscribers or, with <c>-J</c>, into a stream.</summary>
internal sealed class PublishCommand
{
    private static readonly Argument<string> Subject = Argument.Required("subject", "Subject to publish to");
    private static readonly Argument<string> Body = Argument.Optional("body", "Message body");
    private static readonly Flag<string> Reply = Flag.Text("reply", "Subject that answers are to go to", "SUBJECT");
    private static readonly Flag<string> Header = Flag.Texts("header", "Header to put on the message, as K:V", "K:V", 'H');
    private static readonly Flag<bool> Atomic = Flag.Switch("atomic", "Publish all messages as one batch to JetStream (implies --jetstream)");
    private static readonly Flag<int> Count = Flag.Count("count", "Number of messages to publish", 1);
    private static readonly Flag<bool> JetStream = Flag.Switch("jetstream", "Publish into a stream and wait until it has stored the message", 'J');
    private static readonly Flag<bool> Quiet = Flag.Switch("quiet", "Say nothing of what was published", 'q');
    private static readonly Flag<long> Sleep = Flag.Duration("sleep", "Time to wait between two of several messages");

    private readonly CommandContext _context;
    private readonly CliConnection _connection;
    private readonly MessageComposer _composer;
    private readonly ProgressLine? _progress;
    private readonly bool _intoStream;
    private readonly bool _isQuiet;
    private readonly int _count;

    private PublishCommand(CommandContext context, CliConnection connection)
    {
        _context = context;
        _connection = connection;
        _composer = new MessageComposer(context, Subject, Header);
        _intoStream = context.Get(JetStream) || ScheduleHeaders.IsAsked(context);
        _isQuiet = context.Get(Quiet);
        _count = Math.Max(1, context.Get(Count));
        _progress = ProgressLine.For(context.Host, _count);
    }

    public static CommandSpec Spec => new("publish", "Generic data publish utility")
    {
        Aliases = ["pub"],
        Details = TemplateHelp.ForSending("pub"),
        Arguments = [Subject, Body],
        Flags =
        [
            Reply, Header, Atomic, Count, BodySource.ForceStdin, JetStream, Quiet, ScheduleHeaders.After, ScheduleHeaders.At,
            ScheduleHeaders.Cron, ScheduleHeaders.Destination, ScheduleHeaders.Every, ScheduleHeaders.Source,
            ScheduleHeaders.Ttl, BodySource.SendOn, Sleep, MessageComposer.Templates,
        ],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        if (context.Get(Atomic))
        {
            throw new CliException("--atomic is not supported yet");
        }

        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        using var bodies = new BodySource(context, Body);
        if (bodies.UsesInput && !context.Get(Quiet))
        {
            context.Log.Line("Reading payload from STDIN");
        }

        if (ScheduleHeaders.IsAsked(context))
        {
            ScheduleHeaders.Check(context);
        }

        await new PublishCommand(context, connection).PublishAllAsync(bodies).ConfigureAwait(false);
    }

    private async Task PublishAllAsync(BodySource bodies)
    {
        while (await bodies.ReadAsync().ConfigureAwait(false) is { } body)
        {
            try
            {
                await PublishBodyAsync(body).ConfigureAwait(false);
            }
            catch (Exception failure) when (_intoStream && bodies.ByLine && failure is NatsException or CliException)
            {
                // A line that a stream refuses does not keep the next ones from it.
                _context.Log.Line($"Could not publish message: {ErrorText.Describe(failure)}");
            }
        }

        await _connection.FlushAsync().ConfigureAwait(false);
        _progress?.End();
    }

    private async Task PublishBodyAsync(ReadOnlyMemory<byte> body)
    {
        for (var i = 1; i <= _count; i++)
        {
            var started = _context.Host.Clock.GetTimestamp();
            var subject = _composer.Subject(i);
            var payload = _composer.Body(body, i);
            if (_intoStream)
            {
                await StoreAsync(subject, payload, i).ConfigureAwait(false);
            }
            else
            {
                await PublishAsync(subject, payload, i).ConfigureAwait(false);
            }

            _progress?.Step();
            await PauseAsync(started).ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(string subject, ReadOnlyMemory<byte> payload, int number)
    {
        await _connection.PublishAsync(subject, payload, _context.Get(Reply), _composer.Headers(number)).ConfigureAwait(false);
        if (_progress is not null)
        {
            return;
        }

        await _connection.FlushAsync().ConfigureAwait(false);
        Say($"Published {Numbers.Plain(payload.Length)} bytes to {Quoting.Quote(subject)}");
    }

    private async Task StoreAsync(string subject, ReadOnlyMemory<byte> payload, int number)
    {
        CliConnection.CheckPublishable(subject);
        var headers = _composer.Headers(number);
        if (ScheduleHeaders.IsAsked(_context))
        {
            ScheduleHeaders.AddTo(headers ??= new NatsHeaders(), _context);
        }

        Say($"Published {Numbers.Plain(payload.Length)} bytes to {Quoting.Quote(subject)}");
        try
        {
            var ack = await _connection.JetStream.PublishAsync(subject, payload, null, headers, CancellationToken.None).ConfigureAwait(false);
            Say(Describe(ack));
        }
        catch (JetStreamApiException refused)
        {
            throw new CliException($"{refused.Description} ({Numbers.Plain(refused.ErrorCode)})", refused);
        }
    }

    private static string Describe(PublishAck ack)
    {
        var text = $"Stored in Stream: {ack.Stream} Sequence: {Numbers.WithCommas(ack.Sequence)}";
        if (!string.IsNullOrEmpty(ack.Domain))
        {
            text += $" Domain: {Quoting.Quote(ack.Domain)}";
        }

        if (ack.Duplicate)
        {
            text += " Duplicate: true";
        }

        return string.IsNullOrEmpty(ack.CounterValue) ? text : $"{text} Counter Value: {ack.CounterValue}";
    }

    /// <summary>Waits between two messages. A stream's answer counts toward the wait; a plain publish takes no time.</summary>
    private async Task PauseAsync(long started)
    {
        var sleepNanos = _context.Get(Sleep);
        if (_count < 2 || sleepNanos <= 0)
        {
            return;
        }

        var pause = Durations.ToTimeSpan(sleepNanos);
        if (_intoStream)
        {
            pause -= _context.Host.Clock.GetElapsedTime(started);
        }

        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause).ConfigureAwait(false);
        }
    }

    private void Say(string text)
    {
        if (!_isQuiet && _progress is null)
        {
            _context.Log.Line(text);
        }
    }
}
