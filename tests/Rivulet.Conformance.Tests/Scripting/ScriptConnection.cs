using System.Net.Sockets;

namespace Rivulet.Conformance.Tests.Scripting;

/// <summary>A connection of a script: sends bytes, and waits for bytes for a bounded time.</summary>
internal sealed class ScriptConnection(Stream stream) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<byte> _received = [];
    private bool _ended;

    /// <summary>What has arrived and was not expected yet.</summary>
    public string Unread => ScriptText.ToText([.. _received]);

    public async Task SendAsync(byte[] bytes)
    {
        await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Takes the next bytes; fewer if the connection ends or they do not come.</summary>
    public async Task<byte[]> TakeAsync(int count)
    {
        await WaitUntilAsync(() => _received.Count >= count);
        return Remove(Math.Min(count, _received.Count));
    }

    /// <summary>Takes the next line with its line end; what there is if the connection ends or no line end comes.</summary>
    public async Task<byte[]> TakeLineAsync()
    {
        await WaitUntilAsync(() => _received.Contains((byte)'\n'));
        int newline = _received.IndexOf((byte)'\n');
        return Remove(newline < 0 ? _received.Count : newline + 1);
    }

    /// <summary>Waits for the server to close; false if it does not, or if it says something more.</summary>
    public async Task<bool> IsClosedSilentlyAsync()
    {
        await WaitUntilAsync(() => _received.Count > 0);
        return _ended && _received.Count == 0;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task WaitUntilAsync(Func<bool> satisfied)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timer.CancelAfter(Patience);
        byte[] buffer = new byte[4096];
        while (!_ended && !satisfied())
        {
            int count;
            try
            {
                count = await stream.ReadAsync(buffer, timer.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
            {
                // A server that closes with unread input resets the connection: closed all the same.
                count = 0;
            }

            _ended = count == 0;
            _received.AddRange(buffer.AsSpan(0, count));
        }
    }

    private byte[] Remove(int count)
    {
        byte[] taken = [.. _received.Take(count)];
        _received.RemoveRange(0, count);
        return taken;
    }
}
