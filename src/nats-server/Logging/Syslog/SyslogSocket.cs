using System.Net;
using System.Net.Sockets;

namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>A connection to a syslog daemon.</summary>
/// <remarks>Not thread-safe. Nothing in it waits for longer than it is asked to, but for the look-up of a name.</remarks>
internal sealed class SyslogSocket : IDisposable
{
    // As often it is seen whether it is too late.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan NoBufferPause = TimeSpan.FromMilliseconds(10);

    // What every datagram socket takes.
    private const int DatagramBytesMin = 512;

    private readonly Socket _socket;
    private readonly SyslogAddress _address;
    private readonly byte[] _scratch = new byte[256];

    private SyslogSocket(Socket socket, SyslogAddress address)
    {
        _socket = socket;
        _address = address;
    }

    private bool IsStream => _address.Network is SyslogNetwork.UnixStream or SyslogNetwork.Tcp;

    private string Scheme => SchemeOf(_address.Network);

    /// <summary>Connects to the first of some addresses that has a daemon.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="isTooLate">Whether to stop waiting.</param>
    /// <exception cref="SyslogException">There is none at any of them. The message is the reference server's.</exception>
    public static SyslogSocket Connect(IReadOnlyList<SyslogAddress> addresses, Func<bool> isTooLate)
    {
        SyslogException? failure = null;
        foreach (var address in addresses)
        {
            try
            {
                return Connect(address, isTooLate);
            }
            catch (SyslogException e)
            {
                failure = e;
            }
        }

        throw addresses.Count == 1 ? failure! : new SyslogException("Unix syslog delivery error", failure!);
    }

    /// <summary>Sends messages, each of which ends with its only line end.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="isTooLate">Whether to stop waiting, by how long nothing went.</param>
    /// <param name="failure">Why not all of them went; null if they did.</param>
    /// <returns>The length of those that went.</returns>
    public int Send(ReadOnlySpan<byte> messages, Func<TimeSpan, bool> isTooLate, out string? failure)
    {
        var error = SocketError.Success;
        int sent = IsStream ? SendStream(messages, isTooLate, ref error) : SendDatagrams(messages, isTooLate, ref error);
        failure = error == SocketError.Success ? null : $"write {Scheme} {_address.Place}: {Words(error)}";
        return sent;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
    }

    private static SyslogSocket Connect(SyslogAddress address, Func<bool> isTooLate)
    {
        string scheme = SchemeOf(address.Network);
        SyslogException? failure = null;
        foreach (var endPoint in EndPoints(address, scheme))
        {
            var error = TryConnect(address.Network, endPoint, isTooLate, out var socket);
            if (error == SocketError.Success)
                return new SyslogSocket(socket!, address);
            socket?.Dispose();
            string why = error == SocketError.TimedOut ? "i/o timeout" : $"connect: {WordsOf(address, error)}";
            failure = new SyslogException($"dial {scheme} {(address.IsPath ? address.Place : endPoint)}: {why}");
        }

        throw failure ?? new SyslogException($"dial {scheme}: lookup {address.Place}: no such host");
    }

    private static EndPoint[] EndPoints(SyslogAddress address, string scheme)
    {
        try
        {
            if (address.IsPath)
                return [new UnixDomainSocketEndPoint(address.Place)];
            if (address.Place.Length == 0)
                return [new IPEndPoint(IPAddress.Loopback, address.Port), new IPEndPoint(IPAddress.IPv6Loopback, address.Port)];
            return
            [
                .. Dns.GetHostAddresses(address.Place)
                    .OrderBy(found => found.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                    .Select(found => new IPEndPoint(found, address.Port)),
            ];
        }
        catch (ArgumentOutOfRangeException e) when (address.IsPath)
        {
            throw new SyslogException($"dial {scheme} {address.Place}: connect: invalid argument", e);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new SyslogException($"dial {scheme}: lookup {address.Place}: no such host", e);
        }
    }

    private static Socket Open(SyslogNetwork network, AddressFamily family)
    {
        var socket = network switch
        {
            SyslogNetwork.UnixDatagram => new Socket(family, SocketType.Dgram, ProtocolType.Unspecified),
            SyslogNetwork.UnixStream => new Socket(family, SocketType.Stream, ProtocolType.Unspecified),
            SyslogNetwork.Udp => new Socket(family, SocketType.Dgram, ProtocolType.Udp),
            _ => new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        };
        socket.Blocking = false;
        return socket;
    }

    private static SocketError TryConnect(SyslogNetwork network, EndPoint endPoint, Func<bool> isTooLate, out Socket? socket)
    {
        socket = null;
        try
        {
            socket = Open(network, endPoint.AddressFamily);
            socket.Connect(endPoint);
            return SocketError.Success;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress && endPoint is IPEndPoint)
        {
            while (!socket!.Poll(Slice, SelectMode.SelectWrite) && !socket.Poll(TimeSpan.Zero, SelectMode.SelectError))
            {
                if (isTooLate())
                    return SocketError.TimedOut;
            }

            return (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private int SendStream(ReadOnlySpan<byte> messages, Func<TimeSpan, bool> isTooLate, ref SocketError error)
    {
        // Otherwise what is written to a daemon that has gone would seem to have arrived, once.
        if (HasPeerEnded())
        {
            error = SocketError.ConnectionReset;
            return 0;
        }

        int sent = 0;
        while (sent < messages.Length && error == SocketError.Success)
            sent += SendOnce(messages[sent..], isTooLate, out error);
        return sent == messages.Length ? sent : messages[..sent].LastIndexOf((byte)'\n') + 1;
    }

    private int SendDatagrams(ReadOnlySpan<byte> messages, Func<TimeSpan, bool> isTooLate, ref SocketError error)
    {
        int sent = 0;
        while (sent < messages.Length)
        {
            int length = messages[sent..].IndexOf((byte)'\n') + 1;
            int part = length;
            SendOnce(messages.Slice(sent, part), isTooLate, out error);
            while (error == SocketError.MessageSize && part > DatagramBytesMin)
            {
                part /= 2;
                SendOnce(messages.Slice(sent, part), isTooLate, out error);
            }

            if (error != SocketError.Success)
                break;
            sent += length;
        }

        return sent;
    }

    private int SendOnce(ReadOnlySpan<byte> bytes, Func<TimeSpan, bool> isTooLate, out SocketError error)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            int sent = _socket.Send(bytes, SocketFlags.None, out error);
            if (error is not (SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable))
                return error == SocketError.Success ? sent : 0;
            if (isTooLate(TimeSpan.FromMilliseconds(Environment.TickCount64 - start)))
            {
                error = SocketError.TimedOut;
                return 0;
            }

            if (error == SocketError.WouldBlock)
                _socket.Poll(Slice, SelectMode.SelectWrite);
            else
                Thread.Sleep(NoBufferPause);
        }
    }

    // Daemons say nothing; whatever one says is read only to get at the end behind it.
    private bool HasPeerEnded()
    {
        while (true)
        {
            int read = _socket.Receive(_scratch, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return false;
            if (error != SocketError.Success || read == 0)
                return true;
        }
    }

    private static string SchemeOf(SyslogNetwork network)
    {
        return network switch
        {
            SyslogNetwork.Udp => "udp",
            SyslogNetwork.Tcp => "tcp",
            SyslogNetwork.UnixDatagram => "unixgram",
            _ => "unix",
        };
    }

    // Of a path the runtime does not tell what is wrong, but that it cannot be connected to.
    private static string WordsOf(SyslogAddress address, SocketError error)
    {
        return address.IsPath && error == SocketError.AddressNotAvailable && !File.Exists(address.Place)
            ? "no such file or directory"
            : Words(error);
    }

    private static string Words(SocketError error)
    {
        return error switch
        {
            SocketError.ConnectionRefused => "connection refused",
            SocketError.ConnectionReset => "connection reset by peer",
            SocketError.Shutdown => "broken pipe",
            SocketError.TimedOut => "i/o timeout",
            SocketError.NetworkUnreachable => "network is unreachable",
            SocketError.HostUnreachable => "no route to host",
            SocketError.AccessDenied => "permission denied",
            SocketError.ProtocolType => "protocol wrong type for socket",
            SocketError.WouldBlock => "resource temporarily unavailable",
            SocketError.InvalidArgument => "invalid argument",
            _ => new SocketException((int)error).Message,
        };
    }
}
