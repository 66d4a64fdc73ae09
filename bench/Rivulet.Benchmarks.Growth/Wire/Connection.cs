using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rivulet.Benchmarks.Growth.Wire;

/// <summary>
/// A connection to the server that makes no garbage once it is under way. Everything happens under the lock that all
/// connections of a client share, on the thread that the sockets' events arrive on; <see cref="Output"/> is filled there.
/// </summary>
internal sealed class Connection : IDisposable, IThreadPoolWorkItem
{
    public const int ReplySid = 1;
    public const int DeliverySid = 2;

    // A connection that always finds more to read must not keep the others waiting.
    private const int ReadsInARowMax = 4;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SocketAsyncEventArgs _receiving = new();
    private readonly SocketAsyncEventArgs _sending = new();
    private readonly Lock _gate;
    private byte[] _input = new byte[8192];
    private int _start;
    private int _end;
    private Output _beingSent = new();
    private bool _isSending;
    private bool _closed;

    private Connection(int id, Lock gate)
    {
        Id = id;
        _gate = gate;
        _receiving.Completed += (_, _) => Guarded(static connection =>
        {
            if (connection.TakeReceived())
                connection.Receive();
        });
        _sending.Completed += (_, _) => Guarded(static connection =>
        {
            connection.TakeSent();
            connection.Flush();
        });
    }

    public int Id { get; }

    public Output Output { get; private set; } = new();

    public IMessageHandler? Handler { get; set; }

    /// <summary>Why nothing more will come; a load that starts later fails with it.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Where replies for this connection go, a slot's number to follow.</summary>
    public byte[] ReplyPrefix => field ??= Encoding.ASCII.GetBytes($"_R.{Id}.");

    /// <summary>The version that the server calls itself.</summary>
    public string ServerVersion { get; private set; } = "";

    /// <summary>Connects, subscribes, and waits until the server has taken both in.</summary>
    public static Connection Open(int id, int port, Lock gate)
    {
        var connection = new Connection(id, gate);
        connection._socket.Connect(IPAddress.Loopback, port);
        connection._socket.ReceiveTimeout = 20_000;
        string info = connection.ReadUntil("\r\n"u8);
        connection.ServerVersion = TextBetween(info, "\"version\":\"", "\"");
        connection._socket.Send(Encoding.ASCII.GetBytes(
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1,\"lang\":\"growth\",\"version\":\"1\"}\r\n"
            + $"SUB _R.{id}.* {ReplySid}\r\nSUB _D.{id} {DeliverySid}\r\nPING\r\n"));
        string answer = connection.ReadUntil("PONG\r\n"u8);
        if (answer.Contains("-ERR", StringComparison.Ordinal))
            throw new InvalidDataException($"The server refuses the connection: {answer}");
        lock (gate)
            connection.Receive();
        return connection;
    }

    /// <summary>Sends what is in <see cref="Output"/>, or has it sent after what is on its way.</summary>
    public void Flush()
    {
        while (!_isSending && Output.Length > 0 && !_closed)
        {
            (_beingSent, Output) = (Output, _beingSent);
            Output.Clear();
            _isSending = true;
            _sending.SetBuffer(_beingSent.Written);
            if (_socket.SendAsync(_sending))
                return;
            TakeSent();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _socket.Dispose();
        }
    }

    void IThreadPoolWorkItem.Execute() => Guarded(static connection => connection.Receive());

    private void Receive()
    {
        int reads = 0;
        while (!_closed)
        {
            if (++reads > ReadsInARowMax)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            MakeRoom();
            _receiving.SetBuffer(_input, _end, _input.Length - _end);
            if (_socket.ReceiveAsync(_receiving) || !TakeReceived())
                return;
        }
    }

    private bool TakeReceived()
    {
        if (_closed)
            return false;
        if (_receiving.SocketError != SocketError.Success || _receiving.BytesTransferred == 0)
            throw new IOException($"The server closed connection {Id}: {_receiving.SocketError}");
        _end += _receiving.BytesTransferred;
        while (ServerMessage.Read(_input.AsSpan(_start, _end - _start), out ServerMessage message) is int used and > 0)
        {
            Take(message);
            _start += used;
        }

        Handler?.OnRead(this);
        Flush();
        return true;
    }

    private void Take(in ServerMessage message)
    {
        switch (message.Verb)
        {
            case ServerVerb.Message when message.Sid == DeliverySid && message.Headers.StartsWith("NATS/1.0 100"u8):
                AnswerStatus(message);
                break;
            case ServerVerb.Message:
                Handler?.OnMessage(this, message);
                break;
            case ServerVerb.Ping:
                Output.Write("PONG\r\n"u8);
                break;
            case ServerVerb.Error:
                throw new InvalidDataException($"The server says {Encoding.UTF8.GetString(message.Line)}");
            case ServerVerb.Other:
            default:
                break;
        }
    }

    // Done here, as a client's library does it, since a consumer also asks while no load is on. A flow control request wants
    // an empty answer; a heartbeat may name the subject of a request that got none, which wants one too.
    private void AnswerStatus(in ServerMessage message)
    {
        ReadOnlySpan<byte> subject = message.ReplyTo;
        ReadOnlySpan<byte> name = "Nats-Consumer-Stalled: "u8;
        int stalled = message.Headers.IndexOf(name);
        if (stalled >= 0)
        {
            subject = message.Headers[(stalled + name.Length)..];
            subject = subject[..subject.IndexOf((byte)'\r')];
        }

        if (subject.IsEmpty)
            return;
        Output.Write("PUB "u8);
        Output.Write(subject);
        Output.Write(" 0\r\n\r\n"u8);
    }

    private void TakeSent()
    {
        _isSending = false;
        if (_closed)
            return;
        if (_sending.SocketError != SocketError.Success || _sending.BytesTransferred != _beingSent.Length)
            throw new IOException($"Sending on connection {Id} failed: {_sending.SocketError}");
    }

    // What is left of a message moves to the front; a message that fills the buffer doubles it.
    private void MakeRoom()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
            return;
        }

        if (_end < _input.Length)
            return;
        byte[] target = _start == 0 ? new byte[_input.Length * 2] : _input;
        _input.AsSpan(_start, _end - _start).CopyTo(target);
        (_input, _start, _end) = (target, 0, _end - _start);
    }

    private void Guarded(Action<Connection> action)
    {
        lock (_gate)
        {
            try
            {
                action(this);
            }
#pragma warning disable CA1031 // Any exception here would end the program and leave the server running.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                // It is thrown where answers are waited for.
                if (_closed)
                    return;
                Failure ??= exception;
                Handler?.OnFailed(exception);
            }
        }
    }

    // What comes after it, such as a first PING of the server, stays for the reads to come.
    private string ReadUntil(ReadOnlySpan<byte> end)
    {
        int at;
        while ((at = _input.AsSpan(_start, _end - _start).IndexOf(end)) < 0)
        {
            MakeRoom();
            int read = _socket.Receive(_input.AsSpan(_end));
            if (read == 0)
                throw new IOException("The server closed the connection while it was set up.");
            _end += read;
        }

        string text = Encoding.UTF8.GetString(_input, _start, at);
        _start += at + end.Length;
        return text;
    }

    private static string TextBetween(string text, string before, string after)
    {
        int start = text.IndexOf(before, StringComparison.Ordinal);
        if (start < 0)
            return "";
        start += before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }
}
