using System.Threading.Channels;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary>
/// Reads the subscriptions of <c>nats sub</c> and hands their messages to the printer one by one. Each subscription has a
/// task that moves its messages into one queue; <see cref="RunAsync"/> alone reads that queue, counts and prints.
/// </summary>
internal sealed class MessageReceiver : IAsyncDisposable
{
    private const int QueueLength = 1024;
    private const string JetStreamAckPrefix = "$JS.ACK.";

    private readonly CommandContext _context;
    private readonly CliConnection _connection;
    private readonly ReceivedMessagePrinter _printer;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<Received> _queue = Channel.CreateBounded<Received>(QueueLength);
    private readonly List<NatsSubscription> _subscriptions = [];
    private readonly List<Task> _pumps = [];
    private readonly Dictionary<string, NatsMessage> _unanswered = new(StringComparer.Ordinal);
    private readonly bool _matchesReplies;
    private readonly ulong _countMax;
    private ulong _count;

    public MessageReceiver(CommandContext context, CliConnection connection, ReceivedMessagePrinter printer, CancellationTokenSource stop)
    {
        (_context, _connection, _printer, _stop) = (context, connection, printer, stop);
        _matchesReplies = context.Get(SubscribeFlags.MatchReplies);
        _countMax = context.Get(SubscribeFlags.Count);
        Ignored = new IgnoredSubjects(context);
    }

    public IgnoredSubjects Ignored { get; }

    /// <summary>The filter under which replies to anyone's requests come.</summary>
    public string InboxFilter => $"{_connection.Settings.Options.InboxPrefix}.>";

    /// <summary>Subscribes, and waits until the server has accepted it.</summary>
    public async Task SubscribeAsync(List<string> subjects)
    {
        if (_matchesReplies)
        {
            Start(InboxFilter, null, isReply: true);
        }

        var queue = _context.Text(SubscribeFlags.Queue);
        foreach (var subject in subjects)
        {
            Start(subject, queue.Length == 0 ? null : queue, isReply: false);
        }

        await _connection.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Prints messages until there were enough, none came for too long, or the user has.</summary>
    public async Task RunAsync()
    {
        var waitNanos = _context.Get(SubscribeFlags.Wait);
        if (waitNanos > 0)
        {
            _stop.CancelAfter(Durations.ToTimeSpan(waitNanos));
        }

        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var received = await _queue.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                var isEnough = await HandleAsync(received).ConfigureAwait(false);
                _context.Output.Flush();
                if (isEnough)
                {
                    return;
                }

                if (waitNanos > 0 && !received.IsReply)
                {
                    _stop.CancelAfter(Durations.ToTimeSpan(waitNanos));
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (ChannelClosedException closed) when (closed.InnerException is { } failure)
        {
            throw failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var subscription in _subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_pumps).ConfigureAwait(false);
    }

    private void Start(string subject, string? queue, bool isReply)
    {
        var subscription = _connection.Subscribe(subject, queue);
        _subscriptions.Add(subscription);
        _pumps.Add(PumpAsync(subscription, isReply));
    }

    private async Task PumpAsync(NatsSubscription subscription, bool isReply)
    {
        try
        {
            while (await subscription.ReadAsync(_stop.Token).ConfigureAwait(false) is { } message)
            {
                await _queue.Writer.WriteAsync(new Received(message, isReply), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (NatsException failure)
        {
            _queue.Writer.TryComplete(failure);
        }
    }

    /// <summary>True when no more messages are wanted.</summary>
    private async Task<bool> HandleAsync(Received received)
    {
        var message = received.Message;
        if (received.IsReply)
        {
            return await MatchAsync(message).ConfigureAwait(false);
        }

        if (Ignored.Contains(message.Subject) || IsAtLimit)
        {
            return false;
        }

        _count++;
        if (_matchesReplies && message.ReplyTo is { } replyTo)
        {
            _unanswered[replyTo] = message;
        }
        else
        {
            await _printer.PrintAsync(message, null, _count).ConfigureAwait(false);
        }

        if (_context.Get(SubscribeFlags.Ack) && message.ReplyTo?.StartsWith(JetStreamAckPrefix, StringComparison.Ordinal) == true)
        {
            await message.ReplyAsync().ConfigureAwait(false);
        }

        return IsAtLimit && _unanswered.Count == 0;
    }

    private async Task<bool> MatchAsync(NatsMessage reply)
    {
        if (!_unanswered.Remove(reply.Subject, out var request))
        {
            return false;
        }

        await _printer.PrintAsync(request, reply, _count).ConfigureAwait(false);
        return IsAtLimit && _unanswered.Count == 0;
    }

    private bool IsAtLimit => _countMax > 0 && _count >= _countMax;

    private readonly record struct Received(NatsMessage Message, bool IsReply);
}
