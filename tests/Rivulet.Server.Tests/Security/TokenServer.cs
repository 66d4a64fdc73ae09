using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rivulet.Server.Tests.Security;

/// <summary>Serves tokens over HTTP as account servers do: a path for each account, 404 for others.</summary>
internal sealed class TokenServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2? _certificate;
    private readonly Task _loop;

    public TokenServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _loop = AcceptAsync();
    }

    /// <summary>Tokens by the last part of the path.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = new();

    /// <summary>Heads of the requests that came.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Whether requests are read and never answered.</summary>
    public bool IsSilent { get; set; }

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/jwt/v1/accounts");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsServerAsync(_certificate);
                stream = secure;
            }

            using var reader = new StreamReader(stream, Encoding.ASCII);
            while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } first)
            {
                var head = new StringBuilder(first);
                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
                    head.Append('\n').Append(line);
                Requests.Enqueue(head.ToString());
                if (IsSilent)
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                string account = first.Split(' ')[1].Split('/')[^1];
                string answer = Tokens.TryGetValue(account, out string? token)
                    ? $"HTTP/1.1 200 OK\r\nContent-Length: {token.Length + 1}\r\n\r\n{token}\n"
                    : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The peer is gone, or did not like the certificate.
        }
    }
}
