using Rivulet.Cli.Formats;
using Rivulet.Cli.Messages;
using Rivulet.Client;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary>Prints received messages as the flags of <c>nats sub</c> ask: in full, raw, or as JSON.</summary>
internal sealed class ReceivedMessagePrinter
{
    private const int DumpDotEvery = 100;
    private readonly CommandContext _context;
    private readonly BodyPrinter _body;
    private readonly string _dump;
    private readonly long _started;

    public ReceivedMessagePrinter(CommandContext context)
    {
        _context = context;
        _body = new BodyPrinter(context);
        _started = context.Host.Clock.GetTimestamp();
        _dump = context.Text(SubscribeFlags.Dump);
        if (_dump.Length > 0 && _dump != "-")
        {
            Directory.CreateDirectory(_dump);
        }
    }

    /// <param name="message">The message.</param>
    /// <param name="reply">The reply that was matched to it, if there is one.</param>
    /// <param name="number">Its number among those received.</param>
    public async Task PrintAsync(NatsMessage message, NatsMessage? reply, ulong number)
    {
        if (_context.IsTracing && message.ReplyTo is not null)
        {
            _context.Output.WriteLine($"<<< Reply Subject: {message.ReplyTo}");
        }

        var lead = $"[#{Numbers.Plain(number)}]{Stamp()}";
        var to = message.ReplyTo is null ? "" : $" with reply {Quoting.Quote(message.ReplyTo)}";
        var heading = $"{lead} Received on {Quoting.Quote(message.Subject)}{to}";
        await PrintAsync(ShownMessage.From(message), heading, Numbers.Plain(number), number).ConfigureAwait(false);
        if (reply is not null)
        {
            heading = $"{lead} Matched reply on {Quoting.Quote(reply.Subject)}";
            await PrintAsync(ShownMessage.From(reply), heading, Numbers.Plain(number) + "_reply", number).ConfigureAwait(false);
        }
    }

    /// <summary>Prints a message that was read out of a stream.</summary>
    public Task PrintAsync(JetStreamMessage message, ulong number)
    {
        var metadata = message.Metadata;
        var sequence = Numbers.Plain(message.StreamSequence);
        var heading = $"[#{Numbers.Plain(number)}]{Stamp(message.Timestamp)} Received JetStream message: stream: {metadata.Stream}"
            + $" seq: {Numbers.WithCommas(message.StreamSequence)} / pending: {Numbers.WithCommas(message.Pending)}"
            + $" / subject: {message.Subject} / time: {_context.Time(message.Timestamp)}";
        return PrintAsync(ShownMessage.From(message), heading, sequence, number);
    }

    private async Task PrintAsync(ShownMessage message, string heading, string fileName, ulong number)
    {
        if (_dump.Length > 0)
        {
            await DumpAsync(message, fileName, number).ConfigureAwait(false);
        }
        else if (_context.Get(SubscribeFlags.Raw))
        {
            await _body.PrintCompactAsync(message.Payload, "").ConfigureAwait(false);
        }
        else
        {
            _context.Output.WriteLine(heading);
            if (!_context.Get(SubscribeFlags.SubjectsOnly))
            {
                await PrintContentAsync(message).ConfigureAwait(false);
            }
        }
    }

    private async Task PrintContentAsync(ShownMessage message)
    {
        if (message.Headers is { Count: > 0 } headers)
        {
            foreach (var (name, value) in headers)
            {
                _context.Output.WriteLine($"{name}: {value}");
            }

            _context.Output.WriteLine();
        }

        if (!_context.Get(SubscribeFlags.HeadersOnly))
        {
            await _body.PrintAsync(message.Payload, message.Subject).ConfigureAwait(false);
        }
    }

    private async Task DumpAsync(ShownMessage message, string name, ulong number)
    {
        var json = MessageJson.Write(message, await _body.TranslateAsync(message.Payload, "").ConfigureAwait(false));
        if (_dump == "-")
        {
            _context.Output.Write(json.Span);
            _context.Output.Write("\0"u8);
            return;
        }

        await File.WriteAllBytesAsync(Path.Combine(_dump, name + ".json"), json).ConfigureAwait(false);
        if (number % DumpDotEvery == 0)
        {
            _context.Output.Write("."u8);
        }
    }

    private string Stamp()
    {
        var clock = _context.Host.Clock;
        return _context.Get(SubscribeFlags.Timestamp) ? $" @ {Times.Stamp(clock.GetUtcNow(), clock)}"
            : _context.Get(SubscribeFlags.DeltaTime) ? $" @ {Durations.Exact(clock.GetElapsedTime(_started).Ticks * 100)}"
            : "";
    }

    /// <summary>For a message of a stream, the time at which it was stored, or how long ago that was.</summary>
    private string Stamp(DateTimeOffset stored)
    {
        var clock = _context.Host.Clock;
        return _context.Get(SubscribeFlags.Timestamp) ? $" @ {Times.Stamp(stored, clock)}"
            : _context.Get(SubscribeFlags.DeltaTime) ? $" @ {Durations.Exact((clock.GetUtcNow() - stored).Ticks * 100)}"
            : "";
    }
}
