using Rivulet.Cli.Formats;
using Rivulet.Cli.Messages;
using Rivulet.Client;

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

        if (_dump.Length > 0)
        {
            await DumpAsync(message, Numbers.Plain(number), number).ConfigureAwait(false);
            if (reply is not null)
            {
                await DumpAsync(reply, Numbers.Plain(number) + "_reply", number).ConfigureAwait(false);
            }
        }
        else if (_context.Get(SubscribeFlags.Raw))
        {
            await PrintRawAsync(message, reply).ConfigureAwait(false);
        }
        else
        {
            await PrintFullAsync(message, reply, $"[#{Numbers.Plain(number)}]{Stamp()}").ConfigureAwait(false);
        }
    }

    private async Task PrintRawAsync(NatsMessage message, NatsMessage? reply)
    {
        await _body.PrintCompactAsync(message.Payload, "").ConfigureAwait(false);
        if (reply is not null)
        {
            _context.Output.Write(reply.Payload.Span);
            _context.Output.WriteLine();
        }
    }

    private async Task PrintFullAsync(NatsMessage message, NatsMessage? reply, string lead)
    {
        _context.Output.Write($"{lead} Received on {Quoting.Quote(message.Subject)}");
        _context.Output.WriteLine(message.ReplyTo is null ? "" : $" with reply {Quoting.Quote(message.ReplyTo)}");
        if (!_context.Get(SubscribeFlags.SubjectsOnly))
        {
            await PrintContentAsync(message).ConfigureAwait(false);
        }

        if (reply is not null)
        {
            _context.Output.WriteLine($"{lead} Matched reply on {Quoting.Quote(reply.Subject)}");
            await PrintContentAsync(reply).ConfigureAwait(false);
        }
    }

    private async Task PrintContentAsync(NatsMessage message)
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

    private async Task DumpAsync(NatsMessage message, string name, ulong number)
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
        if (_context.Get(SubscribeFlags.Timestamp))
        {
            return $" @ {Times.Stamp(clock.GetUtcNow(), clock)}";
        }

        return _context.Get(SubscribeFlags.DeltaTime)
            ? $" @ {Durations.Exact(clock.GetElapsedTime(_started).Ticks * 100)}"
            : "";
    }
}
