using Rivulet.Cli.Formats;
using Rivulet.Client;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Connecting;

/// <summary>
/// The connection of one command: opened by the settings, watched for errors that no call waits for, closed at the end.
/// </summary>
internal sealed class CliConnection : IAsyncDisposable
{
    private readonly CommandContext _context;
    private volatile Exception? _lastError;

    private CliConnection(CommandContext context, ConnectionSettings settings, NatsConnection nats)
    {
        _context = context;
        Settings = settings;
        Nats = nats;
        nats.ErrorOccurred += OnError;
        nats.StateChanged += OnStateChanged;
    }

    public ConnectionSettings Settings { get; }

    public NatsConnection Nats { get; }

    public JetStreamContext JetStream => field ??= Nats.CreateJetStreamContext(Settings.JetStream);

    public KeyValueContext Buckets => field ??= new KeyValueContext(JetStream);

    /// <summary>Connects by flags, environment and context.</summary>
    public static Task<CliConnection> OpenAsync(CommandContext context) => OpenAsync(context, ConnectionSettings.From(context));

    public static async Task<CliConnection> OpenAsync(CommandContext context, ConnectionSettings settings)
    {
        var options = settings.Options;
        if (context.IsTracing)
        {
            options = options with { RequestTracer = new ApiTrace(context.Log, settings.JetStream) };
        }

        var nats = await ConnectAsync(options).ConfigureAwait(false);
        if (context.IsTracing)
        {
            context.Log.Line($">>> Connected to {nats.ConnectedUrl}");
        }

        return new CliConnection(context, settings, nats);
    }

    /// <exception cref="CliException">A server's address makes no sense.</exception>
    public static async Task<NatsConnection> ConnectAsync(NatsConnectionOptions options)
    {
        try
        {
            return await NatsConnection.ConnectAsync(options).ConfigureAwait(false);
        }
        catch (ArgumentException invalid)
        {
            throw new CliException($"invalid server address {Quoting.Quote(options.Servers[0])}", invalid);
        }
    }

    /// <exception cref="CliException">The subject is none to subscribe to.</exception>
    public NatsSubscription Subscribe(string subject, string? queueGroup = null, NatsSubscriptionOptions? options = null)
    {
        if (HasBlank(subject) || subject.Split('.').Contains(""))
        {
            throw new CliException("nats: invalid subject");
        }

        return HasBlank(queueGroup) ? throw new CliException("nats: invalid queue name") : Nats.SubscribeAsync(subject, queueGroup, options);
    }

    /// <exception cref="CliException">The subject is none to publish to.</exception>
    public ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo, NatsHeaders? headers)
    {
        CheckPublishable(subject);
        return Nats.PublishAsync(subject, payload, string.IsNullOrEmpty(replyTo) ? null : replyTo, headers, CancellationToken.None);
    }

    /// <summary>Refuses subjects that cannot stand in a line of the protocol.</summary>
    /// <exception cref="CliException">The subject is none to publish to.</exception>
    public static void CheckPublishable(string subject)
    {
        if (subject.Length == 0 || HasBlank(subject))
        {
            throw new CliException("nats: invalid subject");
        }
    }

    private static bool HasBlank(string? text) => text is not null && text.AsSpan().IndexOfAny(" \t\r\n") >= 0;

    /// <summary>Waits until the server has seen all that was sent, and throws what it refused of it.</summary>
    public async Task FlushAsync()
    {
        await Nats.FlushAsync().ConfigureAwait(false);
        if (_lastError is { } error)
        {
            throw error;
        }
    }

    /// <summary>The answer to an empty request, or null when there is none.</summary>
    public async Task<NatsMessage?> TryRequestAsync(string subject, TimeSpan timeout)
    {
        var result = await Nats.TryRequestAsync(subject, timeout: timeout).ConfigureAwait(false);
        return result.TryGetValue(out var answer) ? answer : null;
    }

    public ValueTask DisposeAsync()
    {
        Nats.StateChanged -= OnStateChanged;
        return Nats.DisposeAsync();
    }

    private void OnError(object? sender, NatsErrorEventArgs args)
    {
        if (args.Error is NatsServerException)
        {
            _lastError = args.Error;
        }

        if (_context.IsTracing)
        {
            _context.Log.Line($">>> Unexpected NATS error: {ErrorText.Describe(args.Error)}");
        }
    }

    private void OnStateChanged(object? sender, NatsStateChangedEventArgs args)
    {
        if (args.Current == NatsConnectionState.Reconnecting && args.Previous == NatsConnectionState.Open)
        {
            _context.Log.Line($">>> Disconnected due to: {args.Cause?.Message ?? "EOF"}, will attempt reconnect");
        }
        else if (args.Current == NatsConnectionState.Open && args.Previous == NatsConnectionState.Reconnecting && _context.IsTracing)
        {
            _context.Log.Line($">>> Reconnected to {Nats.ConnectedUrl}");
        }
    }
}
