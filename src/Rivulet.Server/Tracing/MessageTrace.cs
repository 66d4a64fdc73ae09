using System.Buffers;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Monitoring.Pages;
using Rivulet.Server.Outbound;
using Rivulet.Server.SystemRequests;

namespace Rivulet.Server.Tracing;

/// <summary>What happens to one message on its way through the server, and the text that tells of it.</summary>
/// <remarks>The publisher's receive loop only. Events are written as they happen, in the reference server's words.</remarks>
internal sealed class MessageTrace : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _events;
    private readonly ClientConnection _publisher;
    private readonly Account _origin;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _received;
    private readonly byte[] _destination;
    private readonly string _subject;
    private string? _error;

    /// <summary>The trace of a message that has just come.</summary>
    /// <param name="publisher">The connection that it came from.</param>
    /// <param name="subject">The subject that it came on.</param>
    /// <param name="destination">Where the trace goes, in the publisher's account.</param>
    /// <param name="isOnly">Whether nobody is to get the message.</param>
    /// <param name="time">The clock.</param>
    public MessageTrace(
        ClientConnection publisher, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> destination, bool isOnly, TimeProvider time)
    {
        _publisher = publisher;
        _origin = publisher.Account;
        _time = time;
        _received = time.GetUtcNow();
        _destination = destination.ToArray();
        _subject = Encoding.UTF8.GetString(subject);
        IsOnly = isOnly;
        _events = new Utf8JsonWriter(_buffer, SystemJson.Layout);
        _events.WriteStartArray();
    }

    /// <summary>Whether nobody is to get the message.</summary>
    public bool IsOnly { get; }

    /// <summary>Where the trace goes.</summary>
    public ReadOnlySpan<byte> Destination => _destination;

    /// <summary>Notes that the message was refused where it came in.</summary>
    public void Refused(string error)
    {
        _error = error;
    }

    /// <summary>Notes that the account's mappings gave the message another subject.</summary>
    public void Mapped(ReadOnlySpan<byte> to)
    {
        Begin("sm");
        WriteText("to", to);
        _events.WriteEndObject();
    }

    /// <summary>Notes that a service of another account is asked, or one of the server itself.</summary>
    /// <param name="account">The account that has it.</param>
    /// <param name="from">The subject here.</param>
    /// <param name="to">The subject there.</param>
    public void ServiceAsked(Account account, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        Begin("si");
        _events.WriteString("acc", account.Name);
        WriteText("from", from);
        WriteText("to", to);
        _events.WriteEndObject();
    }

    /// <summary>Notes that another account has imported the message.</summary>
    /// <param name="account">That account.</param>
    /// <param name="to">The subject there.</param>
    public void StreamExported(Account account, ReadOnlySpan<byte> to)
    {
        Begin("se");
        _events.WriteString("acc", account.Name);
        WriteText("to", to);
        _events.WriteEndObject();
    }

    /// <summary>Notes what became of the message in a stream.</summary>
    public void Stored(string stream, in MessageFate fate)
    {
        Begin("js");
        _events.WriteString("stream", stream);
        _events.WriteUnlessEmpty("subject", fate.Subject);
        if (fate.NoInterest)
            _events.WriteBoolean("nointerest", true);
        _events.WriteUnlessEmpty("error", fate.Error);
        _events.WriteEndObject();
    }

    /// <summary>Notes that the message left, or why it did not.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="filter">What it is subscribed to, as subjects are in the account that the message is in.</param>
    /// <param name="error">Why it did not; null if it did.</param>
    public void Left(ClientSubscription subscription, ReadOnlySpan<byte> filter, string? error)
    {
        var connection = subscription.Connection;
        Begin("eg");
        _events.WriteNumber("kind", 0);
        _events.WriteNumber("cid", connection.Id);
        _events.WriteUnlessEmpty("name", connection.Context.Identity.Name);
        if (connection.Account != _origin)
            _events.WriteString("acc", connection.Account.Name);
        WriteText("sub", filter);
        if (subscription.Queue is { } queue)
            WriteText("queue", queue);
        _events.WriteUnlessEmpty("error", error);
        _events.WriteEndObject();
    }

    /// <summary>Publishes the trace.</summary>
    /// <param name="headers">The headers of the message.</param>
    /// <param name="size">Size of headers and payload, in bytes.</param>
    /// <param name="stamp">What the server says about itself.</param>
    /// <param name="batch">Where the receivers' writes are gathered.</param>
    public void Publish(ReadOnlySpan<byte> headers, int size, ServerStamp stamp, ServerDeliveryBatch batch)
    {
        _events.WriteEndArray();
        _events.Flush();
        var fields = Fields(headers);
        var text = SystemJson.Object(json =>
        {
            stamp.Write(json);
            json.WriteStartObject("request");
            WriteFields(json, fields);
            json.WriteNumber("msgsize", size);
            json.WriteEndObject();
            json.WriteStartArray("events");
            WriteIngress(json);
            WriteEvents(json);
            json.WriteEndArray();
        });
        bool isCompressed = fields.TryGetValue("Accept-Encoding", out var encodings)
            && encodings.Exists(encoding => encoding.Contains("gzip", StringComparison.Ordinal));
        if (isCompressed)
            _origin.Router.Publish(_destination, default, SystemJson.CompressedHeaders, SystemJson.Compress(text).Span, batch);
        else
            _origin.Router.Publish(_destination, default, default, text.Span, batch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
    }

    private static SortedDictionary<string, List<string>> Fields(ReadOnlySpan<byte> headers)
    {
        var fields = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var field in new HeaderBlock(headers))
        {
            string name = Encoding.UTF8.GetString(field.Name);
            if (!fields.TryGetValue(name, out var values))
                fields.Add(name, values = []);
            values.Add(Encoding.UTF8.GetString(field.Value));
        }

        return fields;
    }

    private static void WriteFields(Utf8JsonWriter json, SortedDictionary<string, List<string>> fields)
    {
        json.WriteStartObject("header");
        foreach (var (name, values) in fields)
        {
            json.WriteStartArray(name);
            foreach (string value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteIngress(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "in");
        json.WriteTime("ts", _received);
        json.WriteNumber("kind", 0);
        json.WriteNumber("cid", _publisher.Id);
        json.WriteUnlessEmpty("name", _publisher.Context.Identity.Name);
        json.WriteString("acc", _origin.Name);
        json.WriteString("subj", _subject);
        json.WriteUnlessEmpty("error", _error);
        json.WriteEndObject();
    }

    private void WriteEvents(Utf8JsonWriter json)
    {
        using var document = JsonDocument.Parse(_buffer.WrittenMemory);
        foreach (var one in document.RootElement.EnumerateArray())
            one.WriteTo(json);
    }

    private void Begin(string type)
    {
        _events.WriteStartObject();
        _events.WriteString("type", type);
        _events.WriteTime("ts", _time.GetUtcNow());
    }

    // Not as UTF-8, which subjects need not be and the writer insists on.
    private void WriteText(string name, ReadOnlySpan<byte> text)
    {
        _events.WriteString(name, Encoding.UTF8.GetString(text));
    }
}
