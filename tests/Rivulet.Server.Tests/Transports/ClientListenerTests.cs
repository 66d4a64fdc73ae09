using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Server.Transports;
using Rivulet.Server.Work;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Transports;

/// <summary>Accepting connections, whatever becomes of one of them.</summary>
public sealed class ClientListenerTests
{
    [Fact]
    public async Task A_connection_that_cannot_be_served_does_not_keep_others_from_being_accepted()
    {
        using var work = new WorkScheduler("test", 1, NullLogger.Instance);
        using var log = new CapturedLog();
        var served = new TaskCompletionSource<IByteTransport>(TaskCreationOptions.RunContinuationsAsynchronously);
        int count = 0;
        await using var listener = ClientListener.Open("127.0.0.1", 0, SocketCompletions.Create(work), Serve, TimeProvider.System, log.CreateLogger(""));
        listener.Start();

        var stop = TestContext.Current.CancellationToken;
        using var first = new TcpClient();
        await first.ConnectAsync("127.0.0.1", listener.Port, stop);
        Assert.Equal(0, await first.GetStream().ReadAsync(new byte[1], stop));
        using var second = new TcpClient();
        await second.ConnectAsync("127.0.0.1", listener.Port, stop);
        await using var transport = await served.Task.WaitAsync(TimeSpan.FromSeconds(15), stop);
        Assert.Contains(log.Lines, line => line.Contains("no more threads", StringComparison.Ordinal));

        void Serve(IByteTransport accepted)
        {
            if (++count == 1)
                throw new InvalidOperationException("no more threads");
            served.SetResult(accepted);
        }
    }
}
