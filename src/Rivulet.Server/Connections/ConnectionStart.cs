using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Connections;

/// <summary>Begins to serve a connection, and tells when it has ended.</summary>
/// <remarks>
/// As a work item, on one of the server's own threads: not on the thread pool, which the process around the server may have
/// blocked, nor on a thread that all sockets of a process share, unless its loops run there anyway.
/// </remarks>
/// <param name="connection">The connection.</param>
/// <param name="admitted">False if there are too many connections.</param>
/// <param name="loops">Where it has begun, and is to end.</param>
internal sealed class ConnectionStart(ClientConnection connection, bool admitted, RunningLoops loops) : IWorkItem
{
    /// <inheritdoc/>
    public void Execute()
    {
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            await connection.RunAsync(admitted).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, whoever waits for the end gets it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
        }

        loops.End(failure);
    }
}
