using System.Text;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Cli.Messages;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary><c>nats reply</c>: answers requests with a text, with what they hold, or with what a command prints.</summary>
internal sealed class ReplyCommand
{
    private static readonly Argument<string> Subject = Argument.Required("subject", "Subject to answer requests on");
    private static readonly Argument<string> Body = Argument.Optional("body", "Reply body");
    private static readonly Flag<bool> Echo = Flag.Switch("echo", "Answer with what the request holds");
    private static readonly Flag<string> Command = Flag.Text("command", "Answer with what this command prints");
    private static readonly Flag<string> Queue = Flag.Text("queue", "Queue group to answer in", byDefault: "NATS-RPLY-22", shortName: 'q');
    private static readonly Flag<long> Sleep = Flag.Duration("sleep", "Wait before each reply for a random time of at most this", "MAX");
    private static readonly Flag<string> Header = Flag.Texts("header", "Header to put on replies, as K:V", shortName: 'H');
    private static readonly Flag<ulong> CountMax = Flag.Unsigned("count", "Number of requests after which to end");

    private readonly CommandContext _context;
    private readonly MessageTemplate _template;
    private readonly bool _echoes;
    private int _answered;

    private ReplyCommand(CommandContext context, bool echoes)
    {
        _context = context;
        _echoes = echoes;
        _template = new MessageTemplate(context.Host.Clock, Random.Shared);
    }

    public static CommandSpec Spec => new("reply", "Generic service reply utility")
    {
        Details = $$$"""
            The "command" may hold parts of the subject that a request came on.

            With "weather.>" as the subject, a request on "weather.london" puts "london" here:

              nats reply 'weather.>' --command "curl -s wttr.in/{{1}}?format=3"

            so that the weather of london answers this:

              nats request weather.london ''

            {{.Request}} in a --command stands for the body of the request. The command also finds it in its environment:

              NATS_REQUEST_SUBJECT
              NATS_REQUEST_BODY

              nats reply 'echo' --command="printenv NATS_REQUEST_BODY"

            Templates in the body and in header values make each reply different.

               nats reply test "Message {{Count}} @ {{Time}}"

            {{{TemplateHelp.Functions}}}
               Request          body of the request
            {{{TemplateHelp.RandomFunction}}}
            """,
        Arguments = [Subject, Body],
        Flags = [Echo, Command, Queue, Sleep, Header, CountMax],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var echoes = context.Get(Echo);
        if (!echoes && context.Text(Body).Length == 0 && context.Text(Command).Length == 0)
        {
            context.Log.Line("No body or command supplied, enabling echo mode");
            echoes = true;
        }

        var queue = context.Text(Queue);
        await using var requests = connection.Subscribe(
            context.Text(Subject),
            queue.Length == 0 ? null : queue,
            new NatsSubscriptionOptions { MaxMessages = (int)Math.Min(int.MaxValue, context.Get(CountMax)) });
        await connection.FlushAsync().ConfigureAwait(false);
        context.Log.Line($"Listening on {Quoting.Quote(context.Text(Subject))} in group {Quoting.Quote(queue)}");

        // An interrupt ends the subscription; what had come by then is still answered.
        var drain = new Lazy<Task>(() => DrainAsync(context, requests));
        using (context.Host.OnInterrupt(() => _ = drain.Value))
        {
            await new ReplyCommand(context, echoes).AnswerAllAsync(requests).ConfigureAwait(false);
        }

        await drain.Value.ConfigureAwait(false);
        await connection.FlushAsync().ConfigureAwait(false);
        context.Log.Line("Exiting");
    }

    private static async Task DrainAsync(CommandContext context, NatsSubscription requests)
    {
        context.Log.Line("\nDraining...");
        await requests.DrainAsync().ConfigureAwait(false);
    }

    /// <summary>Answers requests until the subscription ends: there were enough, or the user has.</summary>
    private async Task AnswerAllAsync(NatsSubscription requests)
    {
        while (await requests.ReadAsync().ConfigureAwait(false) is { } request)
        {
            await AnswerAsync(request).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(NatsMessage request)
    {
        Show(request);
        var sleepNanos = _context.Get(Sleep);
        if (sleepNanos > 0)
        {
            await Task.Delay(Durations.ToTimeSpan(Random.Shared.NextInt64(sleepNanos))).ConfigureAwait(false);
        }

        if (request.ReplyTo is null)
        {
            _context.Log.Line("Could not publish reply: nats: message does not have a reply");
            return;
        }

        if (await BodyAsync(request).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        try
        {
            await request.ReplyAsync(body, Headers(request), CancellationToken.None).ConfigureAwait(false);
            _answered++;
        }
        catch (NatsException failure)
        {
            _context.Log.Line($"Could not publish reply: {ErrorText.Describe(failure)}");
        }
    }

    private void Show(NatsMessage request)
    {
        _context.Log.Line($"[#{Numbers.Plain(_answered)}] Received on subject {Quoting.Quote(request.Subject)}:");
        foreach (var (name, value) in request.Headers ?? [])
        {
            _context.Log.Line($"{name}: {value}");
        }

        _context.Output.WriteLine();
        _context.Output.Write(request.Payload.Span);
        _context.Output.WriteLine();
        _context.Output.Flush();
    }

    private NatsHeaders? Headers(NatsMessage request)
    {
        var headers = new NatsHeaders();
        HeaderArguments.AddTo(headers, _context.GetAll(Header), _template, _answered);
        if (_echoes)
        {
            foreach (var (name, value) in request.Headers ?? [])
            {
                headers.Add(name, value);
            }

            headers.Add("NATS-Reply-Counter", Numbers.Plain(_answered));
        }

        return headers.Count == 0 ? null : headers;
    }

    /// <summary>The body of the answer, or null when there is none to give.</summary>
    private async Task<ReadOnlyMemory<byte>?> BodyAsync(NatsMessage request)
    {
        if (_echoes)
        {
            return request.Payload;
        }

        if (_context.Text(Command).Length > 0)
        {
            return await RunCommandAsync(request).ConfigureAwait(false);
        }

        var body = Encoding.UTF8.GetBytes(_context.Text(Body));
        try
        {
            return _template.Expand(body, _answered, request.Payload);
        }
        catch (FormatException failure)
        {
            _context.Log.Line($"Could not parse body template: {failure.Message}");
            return body;
        }
    }

    private async Task<ReadOnlyMemory<byte>?> RunCommandAsync(NatsMessage request)
    {
        var line = _context.Text(Command);
        var tokens = request.Subject.Split('.');
        for (var i = 0; i < tokens.Length; i++)
        {
            line = line.Replace($"{{{{{i}}}}}", tokens[i], StringComparison.Ordinal);
        }

        var text = Encoding.UTF8.GetString(request.Payload.Span);
        try
        {
            line = _template.Expand(line, _answered, text);
        }
        catch (FormatException failure)
        {
            _context.Log.Line($"Could not parse command template: {failure.Message}");
        }

        return await ExecuteAsync(line, request.Subject, text).ConfigureAwait(false);
    }

    private async Task<ReadOnlyMemory<byte>?> ExecuteAsync(string line, string subject, string body)
    {
        try
        {
            var words = ShellWords.Split(line);
            if (_context.IsTracing)
            {
                _context.Log.Line($"Executing: {string.Join(' ', words)}");
            }

            var result = await ChildProcess.RunAsync(
                words, default, ("NATS_REQUEST_SUBJECT", subject), ("NATS_REQUEST_BODY", body)).ConfigureAwait(false);
            if (result.ExitCode != 0)
            {
                _context.Log.Line($"Command {Quoting.Quote(line)} failed to run: exit status {result.ExitCode}");
            }

            return result.Output;
        }
        catch (FormatException malformed)
        {
            _context.Log.Line($"Could not parse command: {malformed.Message}");
            return null;
        }
        catch (CliException failure)
        {
            _context.Log.Line($"Command {Quoting.Quote(line)} failed to run: {failure.Message}");
            return ReadOnlyMemory<byte>.Empty;
        }
    }
}
