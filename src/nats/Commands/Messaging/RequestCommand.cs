using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Cli.Hosting;
using Rivulet.Cli.Messages;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary><c>nats req</c>: publishes one or many requests and shows the answers to each.</summary>
internal sealed class RequestCommand
{
    private const int NoResponders = 503;
    private static readonly Argument<string> Subject = Argument.Required("subject", "Subject to send the request to");
    private static readonly Argument<string> Body = Argument.Optional("body", "Message body");

    /// <summary>Without effect; kept for scripts of old.</summary>
    private static readonly Flag<bool> Wait = new("wait", "Wait for a reply", text => text is "true")
    {
        Short = 'w',
        IsBoolean = true,
        IsNegatable = true,
        IsHidden = true,
    };

    private static readonly Flag<bool> Raw = Flag.Switch("raw", "Show what was answered and nothing else", 'r');
    private static readonly Flag<string> Header = Flag.Texts("header", "Header to put on the message, as K:V", shortName: 'H');
    private static readonly Flag<int> Count = Flag.Count("count", "Number of requests to send", 1);
    private static readonly Flag<int> Replies = Flag.Count("replies", "Number of replies to wait for. 0 takes all that come before the timeout", 1);
    private static readonly Flag<long> ReplyTimeout = Flag.Duration("reply-timeout", "Longest time between two of several replies", byDefault: "300ms");
    private static readonly Flag<bool> WaitForEmpty = Flag.Switch("wait-for-empty", "Take replies until an empty one comes");

    private readonly CommandContext _context;
    private readonly CliConnection _connection;
    private readonly MessageComposer _composer;
    private readonly BodyPrinter _body;
    private readonly int _count;
    private readonly int _repliesMax;
    private readonly bool _isRaw;
    private readonly bool _saysMore;

    private RequestCommand(CommandContext context, CliConnection connection)
    {
        _context = context;
        _connection = connection;
        _composer = new MessageComposer(context, Subject, Header);
        _body = new BodyPrinter(context);
        _count = context.Get(Count) < 1 ? short.MaxValue : context.Get(Count);
        _repliesMax = context.Get(WaitForEmpty) ? short.MaxValue : Math.Max(0, context.Get(Replies));
        _isRaw = context.Get(Raw);
        _saysMore = !_isRaw && ProgressLine.For(context.Host, _count) is null;
    }

    public static CommandSpec Spec => new("request", "Generic request-reply request utility")
    {
        Aliases = ["req"],
        Details = TemplateHelp.ForSending("request"),
        Arguments = [Subject, Body],
        Flags =
        [
            Wait, Raw, Header, Count, Replies, ReplyTimeout, WaitForEmpty, BodyPrinter.Translate, BodySource.ForceStdin,
            BodySource.SendOn, MessageComposer.Templates,
        ],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        using var bodies = new BodySource(context, Body);
        if (bodies.UsesInput)
        {
            context.Log.Line("Reading payload from STDIN");
        }

        var command = new RequestCommand(context, connection);
        while (await bodies.ReadAsync().ConfigureAwait(false) is { } body)
        {
            if (!await command.RequestAllAsync(body).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>False when nobody answers such requests.</summary>
    private async Task<bool> RequestAllAsync(ReadOnlyMemory<byte> body)
    {
        for (var i = 1; i <= _count; i++)
        {
            var isServed = await RequestAsync(_composer.Subject(i), _composer.Body(body, i), i).ConfigureAwait(false);
            _context.Output.Flush();
            if (!isServed)
            {
                _context.Log.Line("No responders are available");
                return false;
            }
        }

        return true;
    }

    /// <summary>Sends one request and prints the replies to it. False when the server says that nobody is subscribed.</summary>
    private async Task<bool> RequestAsync(string subject, ReadOnlyMemory<byte> body, int number)
    {
        if (_saysMore)
        {
            _context.Log.Line($"Sending request on {Quoting.Quote(subject)}");
        }

        var headers = _composer.Headers(number);
        var inbox = _connection.Nats.NewInbox();
        await using var replies = _connection.Subscribe(inbox);
        var started = _context.Host.Clock.GetTimestamp();
        await _connection.PublishAsync(subject, body, inbox, headers).ConfigureAwait(false);
        var pace = new ReplyPace(_repliesMax, _connection.Settings.Options.RequestTimeout, Durations.ToTimeSpan(_context.Get(ReplyTimeout)));
        while (await NextAsync(replies, pace.Timeout).ConfigureAwait(false) is { } reply)
        {
            if (reply.Headers?.Status == NoResponders && reply.Payload.IsEmpty)
            {
                return false;
            }

            var rtt = _context.Host.Clock.GetElapsedTime(started);
            await ShowAsync(reply, rtt).ConfigureAwait(false);
            if (pace.Count(rtt, reply.Payload.IsEmpty))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>The next reply, or null when none comes in time.</summary>
    private static async Task<NatsMessage?> NextAsync(NatsSubscription replies, TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return null;
        }

        using var late = new CancellationTokenSource(timeout);
        try
        {
            return await replies.ReadAsync(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task ShowAsync(NatsMessage reply, TimeSpan rtt)
    {
        if (_saysMore)
        {
            _context.Log.Line($"Received with rtt {Durations.Exact(rtt.Ticks * 100)}");
            if (reply.Headers is { Count: > 0 } headers)
            {
                foreach (var (name, value) in headers)
                {
                    _context.Log.Line($"{name}: {value}");
                }

                _context.Log.Line("");
            }
        }

        if (_isRaw || _saysMore)
        {
            await _body.PrintAsync(reply.Payload, reply.Subject).ConfigureAwait(false);
        }
    }
}
