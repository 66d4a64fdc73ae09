using System.Buffers.Text;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Rivulet.Server.Tests.Transports;
using Rivulet.TestKit.Security;

namespace Rivulet.Server.Tests.Allocation;

/// <summary>
/// A client that allocates nothing once it is connected: one blocking socket, two buffers, and no task anywhere, so that
/// what the process allocates while it works is the server's.
/// </summary>
/// <remarks>One thread. A receive that waits too long throws, which ends the test.</remarks>
internal sealed class SteadyClient : IDisposable
{
    private const int ReceiveLimitMillis = 15_000;
    private const string UsualFields = "\"headers\":true,\"no_responders\":true";

    private readonly Socket _socket;
    private readonly Stream? _layer;
    private readonly byte[] _received = new byte[1 << 20];
    private int _start;
    private int _end;

    private SteadyClient(Socket socket, Stream? layer = null)
    {
        _socket = socket;
        _layer = layer;
    }

    /// <summary>Connects, says CONNECT and waits for the PONG behind it.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="fields">Fields of CONNECT besides those that make it silent.</param>
    public static SteadyClient Connect(int port, string fields = UsualFields)
    {
        return new SteadyClient(Dial(port)).SayConnect(fields: fields);
    }

    /// <summary>The same over TLS.</summary>
    public static SteadyClient ConnectSecure(int port, TestAuthority authority)
    {
        var socket = Dial(port);
        while (new byte[1] is var one && socket.Receive(one) == 1 && one[0] != (byte)'\n')
        {
        }

        var layer = new SslStream(new NetworkStream(socket, ownsSocket: false));
        layer.AuthenticateAsClient(TlsTransportTests.TrustingOptions(authority));
        return new SteadyClient(socket, layer).SayConnect(isGreeted: true);
    }

    /// <summary>The same over WebSocket.</summary>
    public static SteadyClient ConnectWeb(int port, bool compress = false)
    {
        var socket = Dial(port);
        return new SteadyClient(socket, new SteadyFrames(new NetworkStream(socket, ownsSocket: false), compress)).SayConnect();
    }

    private static Socket Dial(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = ReceiveLimitMillis,
        };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private SteadyClient SayConnect(bool isGreeted = false, string fields = UsualFields)
    {
        if (!isGreeted)
            SkipLines(1);
        Send(Encoding.UTF8.GetBytes($"CONNECT {{\"verbose\":false,\"pedantic\":false,{fields},\"protocol\":1}}\r\nPING\r\n"));
        SkipThrough("PONG\r\n"u8);
        SkipLines(1);
        return this;
    }

    /// <summary>Sends bytes as they are.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        _layer?.Write(bytes);
        while (_layer is null && !bytes.IsEmpty)
            bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Sends a PING and drops all that comes up to its PONG.</summary>
    public void Flush()
    {
        Send("PING\r\n"u8);
        SkipThrough("PONG\r\n"u8);
    }

    /// <summary>Drops so many lines. Payloads of the tests are a line each, so a message has a known number of them.</summary>
    public void SkipLines(int count)
    {
        while (Unread.Count((byte)'\n') < count)
            Receive();
        for (; count > 0; count--)
            _start += Unread.IndexOf((byte)'\n') + 1;
    }

    /// <summary>Waits for a message. Subject, reply and payload lie in the buffer until the next call.</summary>
    public ReceivedMessage ReadMessage()
    {
        int lineLength;
        while ((lineLength = Unread.IndexOf("\r\n"u8)) < 0)
            Receive();
        var tokens = Unread[..lineLength];
        if (!tokens.StartsWith("MSG "u8))
            throw new InvalidOperationException($"A MSG was to come, but it is: {Encoding.UTF8.GetString(tokens)}");
        int size = Number(tokens[(tokens.LastIndexOf((byte)' ') + 1)..]);
        while (Unread.Length < lineLength + 2 + size + 2)
            Receive();
        var message = new ReceivedMessage(Unread[..lineLength], Unread.Slice(lineLength + 2, size));
        _start += lineLength + 2 + size + 2;
        return message;
    }

    /// <summary>Publishes a request and waits for its answer. Allocates: for what lies outside of a measurement.</summary>
    public string Request(string subject, string payload)
    {
        Send(Encoding.UTF8.GetBytes($"SUB _R.once once\r\nUNSUB once 1\r\nPUB {subject} _R.once {payload.Length}\r\n{payload}\r\n"));
        return Encoding.UTF8.GetString(ReadMessage().Payload);
    }

    public void Dispose()
    {
        _layer?.Dispose();
        _socket.Dispose();
    }

    private ReadOnlySpan<byte> Unread => _received.AsSpan(_start, _end - _start);

    private void SkipThrough(ReadOnlySpan<byte> text)
    {
        int at;
        while ((at = Unread.IndexOf(text)) < 0)
        {
            if (Unread.Length > _received.Length / 2)
                _start = _end - text.Length;
            Receive();
        }

        _start += at + text.Length;
    }

    private void Receive()
    {
        if (_start > _received.Length / 2)
        {
            Unread.CopyTo(_received);
            _end -= _start;
            _start = 0;
        }

        int count = _layer?.Read(_received, _end, _received.Length - _end) ?? _socket.Receive(_received.AsSpan(_end));
        if (count == 0)
            throw new InvalidOperationException($"The server ended the connection after: {Encoding.UTF8.GetString(Unread)}");
        _end += count;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        return Utf8Parser.TryParse(digits, out int number, out int used) && used == digits.Length
            ? number
            : throw new InvalidOperationException("a size that is none");
    }
}

/// <summary>A message as it lies in a client's buffer.</summary>
internal readonly ref struct ReceivedMessage(ReadOnlySpan<byte> line, ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _line = line;

    /// <summary>The reply subject: the last token but one. There must be one.</summary>
    public ReadOnlySpan<byte> Reply
    {
        get
        {
            var front = _line[.._line.LastIndexOf((byte)' ')];
            return front[(front.LastIndexOf((byte)' ') + 1)..];
        }
    }

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;
}
