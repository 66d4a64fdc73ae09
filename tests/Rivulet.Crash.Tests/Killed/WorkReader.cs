using System.Globalization;
using System.Text;
using Rivulet.Client;

namespace Rivulet.Crash.Tests.Killed;

/// <summary>
/// Publishes messages, takes them from a durable consumer one by one, and acks each with a confirmation. A message whose ack
/// was confirmed must not come again, whatever happened to the server in between. One reader lives through all rounds.
/// </summary>
internal sealed class WorkReader
{
    private const string Stream = "WORK";
    private const string Consumer = "reader";

    private readonly HashSet<ulong> _confirmed = [];
    private readonly List<string> _violations = [];

    /// <summary>How many acks were confirmed.</summary>
    public int ConfirmedCount => _confirmed.Count;

    /// <summary>Creates stream and consumer.</summary>
    public static async Task CreateAsync(NatsConnection connection)
    {
        await JetStreamRequests.ApiAsync(
            connection, $"STREAM.CREATE.{Stream}", $$"""{"name":"{{Stream}}","subjects":["work"],"storage":"file","num_replicas":1}""");
        await JetStreamRequests.ApiAsync(
            connection,
            $"CONSUMER.CREATE.{Stream}.{Consumer}",
            $$$"""{"stream_name":"{{{Stream}}}","config":{"durable_name":"{{{Consumer}}}","ack_policy":"explicit","ack_wait":1000000000}}""");
    }

    /// <summary>Works until the connection is lost.</summary>
    public async Task RunAsync(NatsConnection connection)
    {
        try
        {
            while (true)
            {
                await connection.RequestAsync("work", "something to do"u8.ToArray());
                NatsMessage message = await NextAsync(connection);
                ulong sequence = SequenceOf(message);
                if (_confirmed.Contains(sequence))
                {
                    _violations.Add(string.Create(
                        CultureInfo.InvariantCulture, $"message {sequence} came again after its ack was confirmed"));
                }

                await connection.RequestAsync(message.ReplyTo!, "+ACK"u8.ToArray());
                _confirmed.Add(sequence);
            }
        }
        catch (NatsException e) when (e is NatsConnectionLostException or NatsConnectionClosedException)
        {
            // The kill.
        }
    }

    /// <summary>What was wrong since the last call.</summary>
    public IReadOnlyList<string> TakeViolations()
    {
        List<string> taken = [.. _violations];
        _violations.Clear();
        return taken;
    }

    // The message arrives under its own subject, so the reply cannot be told apart by subject: an inbox of its own.
    private static async Task<NatsMessage> NextAsync(NatsConnection connection)
    {
        string subject = $"$JS.API.CONSUMER.MSG.NEXT.{Stream}.{Consumer}";
        byte[] body = """{"batch":1,"expires":5000000000}"""u8.ToArray();
        await foreach (NatsMessage message in connection.RequestManyAsync(subject, body))
        {
            return message;
        }

        throw new InvalidOperationException("a pull ended without a message, though there was one to deliver");
    }

    // $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>
    private static ulong SequenceOf(NatsMessage message)
    {
        string[] tokens = message.ReplyTo?.Split('.') ?? [];
        return tokens.Length == 9 && ulong.TryParse(tokens[5], CultureInfo.InvariantCulture, out ulong sequence)
            ? sequence
            : throw new InvalidOperationException(
                $"no message to ack: reply '{message.ReplyTo}', status {message.Headers?.Status}, {Encoding.UTF8.GetString(message.Payload.Span)}");
    }
}
