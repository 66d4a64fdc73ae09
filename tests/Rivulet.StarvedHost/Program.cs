// usage: Rivulet.StarvedHost <store directory>
//
// Starts a server on a free port of 127.0.0.1, blocks all threads of the thread pool, and prints "port <n>" once nothing
// queued there runs any more. Ends when its standard input does.

using Rivulet.Server;

const int PoolThreads = 4;

var options = new NatsServerOptions
{
    Host = "127.0.0.1",
    Port = -1,
    JetStream = new JetStreamServerOptions { StoreDirectory = args[0] },
};
var server = NatsServer.StartAsync(options).GetAwaiter().GetResult();

if (!ThreadPool.SetMinThreads(PoolThreads, 1) || !ThreadPool.SetMaxThreads(PoolThreads, PoolThreads))
    throw new InvalidOperationException("the thread pool does not take the limits");
using var release = new ManualResetEventSlim();
int blocked = 0;
for (int i = 0; i < 2 * PoolThreads; i++)
{
    ThreadPool.UnsafeQueueUserWorkItem(
        _ =>
        {
            Interlocked.Increment(ref blocked);
            release.Wait();
        },
        null);
}

// More threads than the limit may have been there; one that blocks more than the limit says is as good.
while (Volatile.Read(ref blocked) < PoolThreads)
    Thread.Sleep(10);
using var ran = new ManualResetEventSlim();
ThreadPool.UnsafeQueueUserWorkItem(_ => ran.Set(), null);
if (ran.Wait(TimeSpan.FromMilliseconds(500)))
    throw new InvalidOperationException("the thread pool is not starved");

Console.Out.WriteLine($"port {server.Port}");
Console.In.ReadToEnd();
bool starvedToTheEnd = !ran.IsSet;
release.Set();
server.StopAsync().GetAwaiter().GetResult();
return starvedToTheEnd ? 0 : 1;
