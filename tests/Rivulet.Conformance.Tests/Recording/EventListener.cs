using System.Globalization;
using System.Text;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests.Recording;

/// <summary>A connection that hears the advisories and metrics of JetStream, and remembers them.</summary>
internal sealed class EventListener : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(50);

    private readonly Stream _stream;
    private readonly StringBuilder _heard = new();
    private readonly byte[] _chunk = new byte[64 << 10];
    private Task<int>? _reading;

    private EventListener(Stream stream)
    {
        _stream = stream;
    }

    /// <summary>Subscribes; what happens from then on is heard.</summary>
    public static async Task<EventListener> ConnectAsync(ConformanceTarget server)
    {
        var listener = new EventListener(await server.ConnectAsync());
        await listener.SendAsync("CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB $JS.EVENT.> 1\r\n");
        await listener.FlushAsync();
        return listener;
    }

    /// <summary>Everything heard until nothing comes any more: subject, payload.</summary>
    public async Task<List<(string Subject, string Payload)>> TakeAsync()
    {
        await FlushAsync();
        while (await FillAsync(Quiet))
        {
        }

        var events = new List<(string, string)>();
        string text = _heard.ToString();
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf("\r\n", at, StringComparison.Ordinal);
            string[] parts = text[at..end].Split(' ');
            at = end + 2;
            if (parts[0] != "MSG")
                continue;
            int size = int.Parse(parts[^1], CultureInfo.InvariantCulture);
            events.Add((parts[1], Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text.Substring(at, size)))));
            at += size + 2;
        }

        return events;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task FlushAsync()
    {
        int pongs = Pongs();
        await SendAsync("PING\r\n");
        while (Pongs() == pongs)
        {
            if (!await FillAsync(Patience))
                throw new TimeoutException("no PONG");
        }
    }

    // No event holds such a line.
    private int Pongs() => _heard.ToString().Split("PONG\r\n").Length;

    private async Task<bool> FillAsync(TimeSpan patience)
    {
        _reading ??= _stream.ReadAsync(_chunk).AsTask();
        try
        {
            int read = await _reading.WaitAsync(patience);
            _reading = null;
            _heard.Append(Encoding.Latin1.GetString(_chunk, 0, read));
            return read > 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task SendAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await _stream.FlushAsync();
    }
}
