using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rivulet.Server.Tests;

/// <summary>A syslog daemon for tests: it listens, and keeps what comes as it came.</summary>
internal sealed class SyslogListener : IDisposable
{
    private readonly Socket _socket;
    private readonly Lock _lock = new();
    private readonly List<Socket> _peers = [];
    private readonly List<string> _received = [];

    private SyslogListener(Socket socket, bool isStream, EndPoint endPoint, bool reads)
    {
        _socket = socket;
        socket.Bind(endPoint);
        if (isStream)
            socket.Listen();
        if (isStream)
            _ = AcceptAsync();
        else if (reads)
            _ = ReceiveAsync(socket);
    }

    /// <summary>The port that it listens on.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Datagrams, each by itself; or what came in streams, in one piece.</summary>
    public IReadOnlyList<string> Received
    {
        get
        {
            lock (_lock)
                return [.. _received];
        }
    }

    /// <summary>All that came.</summary>
    public string Text => string.Concat(Received);

    /// <summary>How many streams were opened.</summary>
    public int Streams
    {
        get
        {
            lock (_lock)
                return _peers.Count;
        }
    }

    public static SyslogListener Udp(int port = 0)
    {
        return new SyslogListener(
            new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), false, new IPEndPoint(IPAddress.Loopback, port), reads: true);
    }

    public static SyslogListener Tcp(int port = 0)
    {
        return new SyslogListener(
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), true, new IPEndPoint(IPAddress.Loopback, port), reads: true);
    }

    /// <param name="path">Where; what lay there is gone.</param>
    /// <param name="reads">Whether anything is taken that comes.</param>
    public static SyslogListener UnixDatagrams(string path, bool reads = true)
    {
        File.Delete(path);
        return new SyslogListener(
            new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), false, new UnixDomainSocketEndPoint(path), reads);
    }

    /// <param name="path">Where; what lay there is gone.</param>
    public static SyslogListener UnixStream(string path)
    {
        File.Delete(path);
        return new SyslogListener(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), true, new UnixDomainSocketEndPoint(path), reads: true);
    }

    /// <summary>Takes what has come so far, where nothing was read before, and goes on.</summary>
    public void Read()
    {
        _ = ReceiveAsync(_socket);
    }

    public void Dispose()
    {
        _socket.Dispose();
        lock (_lock)
        {
            foreach (var peer in _peers)
                peer.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var peer = await _socket.AcceptAsync().ConfigureAwait(false);
                lock (_lock)
                    _peers.Add(peer);
                _ = ReceiveAsync(peer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test, or of this daemon in it.
        }
    }

    private async Task ReceiveAsync(Socket socket)
    {
        byte[] buffer = new byte[100_000];
        try
        {
            while (await socket.ReceiveAsync(buffer).ConfigureAwait(false) is > 0 and var length)
            {
                lock (_lock)
                    _received.Add(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test, or of this daemon in it.
        }
    }
}
