using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Server.Connections;
using Rivulet.Server.Hosting;
using Rivulet.Server.Outbound;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Callout;

namespace Rivulet.Server.Logging;

/// <summary>Logs what goes in and out of one connection, in the reference server's notation.</summary>
/// <remarks>Only there when tracing is on; it may allocate as it likes. Any thread.</remarks>
internal sealed class ProtocolTrace
{
    // The line ends of the last header and of the block.
    private const int HeaderBlockEnd = 4;

    private readonly ILogger _log;
    private readonly ClientConnection _connection;
    private readonly int _payloadBytesMax;
    private readonly bool _isOfHeadersOnly;

    private ProtocolTrace(ILogger log, ClientConnection connection, NatsServerOptions options)
    {
        _log = log;
        _connection = connection;
        _payloadBytesMax = options.MaxTracedMessageLength;
        _isOfHeadersOnly = options.TraceHeaders;
    }

    /// <summary>The trace of a connection; null if tracing is off.</summary>
    public static ProtocolTrace? For(ConnectionEnvironment environment, ClientConnection connection)
    {
        return environment.Log.IsEnabled(LogLevel.Trace)
            ? new ProtocolTrace(environment.Log, connection, environment.Options)
            : null;
    }

    /// <summary>An operation without arguments, or with arguments as they came.</summary>
    public void In(ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments = default)
    {
        string text = Encoding.UTF8.GetString(name);
        Log(arguments.IsEmpty ? $"<<- [{text}]" : $"<<- [{text} {Encoding.UTF8.GetString(arguments)}]");
    }

    /// <summary>CONNECT, without its secrets.</summary>
    public void InConnect(ReadOnlySpan<byte> json)
    {
        Log($"<<- [CONNECT {ConnectRedaction.Of(json)}]");
    }

    /// <summary>A published subject became another one.</summary>
    public void InMapped(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        Log($"<<- [MAPPING {Encoding.UTF8.GetString(from)} -> {Encoding.UTF8.GetString(to)}]");
    }

    /// <summary>SUB.</summary>
    public void In(ReadOnlySpan<byte> name, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> sid)
    {
        string group = queue.IsEmpty ? "" : Encoding.UTF8.GetString(queue) + " ";
        Log($"<<- [{Encoding.UTF8.GetString(name)} {Encoding.UTF8.GetString(subject)} {group}{Encoding.UTF8.GetString(sid)}]");
    }

    /// <summary>UNSUB.</summary>
    public void In(ReadOnlySpan<byte> name, ReadOnlySpan<byte> sid, int max)
    {
        string limit = max > 0 ? " " + max.ToString(CultureInfo.InvariantCulture) : "";
        Log($"<<- [{Encoding.UTF8.GetString(name)} {Encoding.UTF8.GetString(sid)}{limit}]");
    }

    /// <summary>PUB or HPUB, and its payload.</summary>
    public void In(in PublishOperation operation)
    {
        string reply = operation.ReplyTo.IsEmpty ? "" : Encoding.UTF8.GetString(operation.ReplyTo) + " ";
        string name = operation.HeaderSizeDigits.IsEmpty ? "PUB" : "HPUB";
        string headersSize = operation.HeaderSizeDigits.IsEmpty
            ? ""
            : Encoding.UTF8.GetString(operation.HeaderSizeDigits) + " ";
        string size = Encoding.UTF8.GetString(operation.SizeDigits);
        Log($"<<- [{name} {Encoding.UTF8.GetString(operation.Subject)} {reply}{headersSize}{size}]");
        Log("<<-", operation.Headers, operation.Body);
    }

    /// <summary>Protocol text on its way out.</summary>
    public void Out(ReadOnlySpan<byte> protocol)
    {
        string text = Encoding.UTF8.GetString(protocol).TrimEnd();
        Log($"->> [{(text == "+OK" ? "OK" : text)}]");
    }

    /// <summary>A message on its way out, and its payload.</summary>
    public void Out(in MessageFrame frame, ReadOnlySpan<byte> sid)
    {
        byte[] line = new byte[frame.LineBytes(sid.Length)];
        frame.WriteLine(line, sid);
        Log($"->> [{Encoding.UTF8.GetString(line).TrimEnd()}]");
        byte[] body = [.. frame.Headers, .. frame.Payload];

        // A service that decides who clients are is told what they showed.
        if (frame.Subject.SequenceEqual(CalloutExchange.Subject))
            Log($"->> MSG_PAYLOAD: [{PresentedUser.Redacted}]");
        else
            Log("->>", frame.Headers, body);
    }

    private void Log(string direction, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> body)
    {
        if (!_isOfHeadersOnly)
            Log($"{direction} MSG_PAYLOAD: [{Quote(body)}]");
        else if (!headers.IsEmpty)
            Log($"{direction} MSG_PAYLOAD: [{Quote(headers[..^HeaderBlockEnd])}]");
    }

    private void Log(string text)
    {
        ServerLog.Trace(_log, _connection.Label, text);
    }

    private string Quote(ReadOnlySpan<byte> payload)
    {
        bool cut = _payloadBytesMax > 0 && payload.Length > _payloadBytesMax;
        return cut ? GoText.Quote(payload[.._payloadBytesMax])[..^1] + "...\"" : GoText.Quote(payload);
    }
}
