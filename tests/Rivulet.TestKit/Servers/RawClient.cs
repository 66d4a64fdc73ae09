using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server;

namespace Rivulet.TestKit.Servers;

/// <summary>A client that speaks the protocol by hand, byte by byte as a test writes it. Bytes are Latin-1 characters.</summary>
/// <remarks>One test drives it. Every wait has a limit, after which it fails with what had come until then.</remarks>
public sealed class RawClient : IAsyncDisposable
{
    private const string QuietConnect =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\n";

    private readonly Stream _stream;
    private readonly Socket? _socket;
    private readonly byte[] _chunk = new byte[64 * 1024];
    private readonly StringBuilder _unread = new();

    private RawClient(Stream stream, Socket? socket)
    {
        _stream = stream;
        _socket = socket;
    }

    /// <summary>How long anything may take.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>What the server's first INFO said.</summary>
    public ServerInfo Info { get; private set; } = new();

    /// <summary>Connects to a port on this machine and reads INFO.</summary>
    /// <param name="port">The port.</param>
    /// <param name="receiveBufferBytes">Size of the socket's receive buffer, for readers that are to be slow.</param>
    public static async Task<RawClient> ConnectAsync(int port, int? receiveBufferBytes = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)).ConfigureAwait(false);
        var client = new RawClient(new NetworkStream(socket, ownsSocket: true), socket);
        client.Info = await client.ReadInfoAsync().ConfigureAwait(false);
        return client;
    }

    /// <summary>Connects inside this process and reads INFO.</summary>
    public static Task<RawClient> ConnectAsync(NatsServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return OverAsync(server.ConnectInProcess());
    }

    /// <summary>Takes over a client's end of a connection and reads INFO.</summary>
    public static async Task<RawClient> OverAsync(IDuplexPipe pipe)
    {
        var client = new RawClient(new DuplexPipeStream(pipe), socket: null);
        client.Info = await client.ReadInfoAsync().ConfigureAwait(false);
        return client;
    }

    /// <summary>Takes over a stream; nothing has been read.</summary>
    public static RawClient Over(Stream stream)
    {
        return new RawClient(stream, socket: null);
    }

    /// <summary>Sends CONNECT as most clients do: not verbose, not pedantic, with headers and no-responders; and a PING.</summary>
    public async Task<RawClient> SayConnectAsync()
    {
        await SendAsync(QuietConnect + "PING\r\n").ConfigureAwait(false);
        await ExpectAsync("PONG\r\n").ConfigureAwait(false);
        await ReadInfoAsync().ConfigureAwait(false);
        return this;
    }

    /// <summary>Sends text as it is.</summary>
    public Task SendAsync(string text)
    {
        return SendAsync(Encoding.Latin1.GetBytes(text));
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Limit);
        await _stream.WriteAsync(bytes, limit.Token).ConfigureAwait(false);
        await _stream.FlushAsync(limit.Token).ConfigureAwait(false);
    }

    /// <summary>Sends a PING and reads up to its PONG, which is returned without it.</summary>
    public async Task<string> PingAsync()
    {
        await SendAsync("PING\r\n").ConfigureAwait(false);
        return await ReadUntilAsync("PONG\r\n").ConfigureAwait(false);
    }

    /// <summary>Reads as many bytes as the text has, and fails if they are others.</summary>
    public async Task ExpectAsync(string expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string actual = await ReadAsync(expected.Length).ConfigureAwait(false);
        if (actual != expected)
            throw new InvalidOperationException($"Expected:\n{expected}\nbut the server sent:\n{actual}{_unread}");
    }

    /// <summary>Reads a number of bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (_unread.Length < count)
            await FillAsync($"{count} bytes").ConfigureAwait(false);
        return Take(count);
    }

    /// <summary>Reads up to and including a text, which is cut off.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        ArgumentNullException.ThrowIfNull(end);
        int at;
        while ((at = _unread.ToString().IndexOf(end, StringComparison.Ordinal)) < 0)
            await FillAsync(end).ConfigureAwait(false);
        string text = Take(at);
        Take(end.Length);
        return text;
    }

    /// <summary>Reads a line without its end.</summary>
    public Task<string> ReadLineAsync()
    {
        return ReadUntilAsync("\r\n");
    }

    /// <summary>Reads an INFO line.</summary>
    public async Task<ServerInfo> ReadInfoAsync()
    {
        string line = await ReadLineAsync().ConfigureAwait(false);
        if (!line.StartsWith("INFO {", StringComparison.Ordinal) || !line.EndsWith("} ", StringComparison.Ordinal))
            throw new InvalidOperationException($"Expected INFO, but the server sent: {line}");
        return ServerInfo.TryParse(Encoding.Latin1.GetBytes(line[5..]))
            ?? throw new InvalidOperationException($"Not the JSON of an INFO: {line}");
    }

    /// <summary>Reads until the server ends the connection, and returns what it said before.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await TryFillAsync("the end").ConfigureAwait(false))
        {
        }

        return Take(_unread.Length);
    }

    /// <summary>Reads bytes and forgets them, however many there are.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="EndOfStreamException">The server closed the connection before.</exception>
    public async Task SkipAsync(long count)
    {
        using var limit = new CancellationTokenSource(Limit);
        count -= Take((int)Math.Min(count, _unread.Length)).Length;
        while (count > 0)
        {
            int read = await _stream.ReadAsync(_chunk.AsMemory(0, (int)Math.Min(count, _chunk.Length)), limit.Token).ConfigureAwait(false);
            if (read == 0)
                throw new EndOfStreamException($"{count} bytes are missing");
            count -= read;
        }
    }

    /// <summary>Reads and drops what comes until the server has been silent for a time; returns how many bytes.</summary>
    public async Task<long> DrainAsync(TimeSpan silence)
    {
        long bytes = Take(_unread.Length).Length;
        while (true)
        {
            using var limit = new CancellationTokenSource(silence);
            try
            {
                int count = await _stream.ReadAsync(_chunk, limit.Token).ConfigureAwait(false);
                if (count == 0)
                    return bytes;
                bytes += count;
            }
            catch (OperationCanceledException)
            {
                return bytes;
            }
        }
    }

    /// <summary>Ends the client's side of a socket connection; the server's may go on.</summary>
    public void CloseOutput()
    {
        _socket!.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Drops a socket connection as a crash does: with a reset.</summary>
    public void Reset()
    {
        _socket!.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task FillAsync(string wanted)
    {
        if (!await TryFillAsync(wanted).ConfigureAwait(false))
            throw new EndOfStreamException($"Waited for {wanted}, but the server ended the connection after:\n{_unread}");
    }

    private async Task<bool> TryFillAsync(string wanted)
    {
        using var limit = new CancellationTokenSource(Limit);
        int count;
        try
        {
            count = await _stream.ReadAsync(_chunk, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Waited {Limit} for {wanted}, and got:\n{_unread}");
        }
        catch (IOException)
        {
            // A reset ends the connection as well as anything.
            return false;
        }

        _unread.Append(Encoding.Latin1.GetString(_chunk, 0, count));
        return count > 0;
    }

    private string Take(int count)
    {
        string text = _unread.ToString(0, count);
        _unread.Remove(0, count);
        return text;
    }
}
