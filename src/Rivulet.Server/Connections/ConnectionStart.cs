using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Connections;

/// <summary>Begins to serve a connection on one of the server's own threads, and tells when it has ended.</summary>
/// <remarks>
/// Not on the thread pool, which the process around the server may have blocked; nor on the accepting thread, which would
/// serve the client's first input before it accepts the next one.
/// </remarks>
internal sealed class ConnectionStart : IWorkItem
{
    // Whoever waits for the end may be stopping the server, and with it the thread that the connection ended on.
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientConnection _connection;
    private readonly bool _admitted;

    /// <summary>The start of one connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="admitted">False if there are too many connections.</param>
    public ConnectionStart(ClientConnection connection, bool admitted)
    {
        _connection = connection;
        _admitted = admitted;
    }

    /// <summary>Completes when the connection has ended and everything is given back.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public void Execute()
    {
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            await _connection.RunAsync(_admitted).ConfigureAwait(false);
            _ended.SetResult();
        }
#pragma warning disable CA1031 // Whatever it is, whoever waits for the end gets it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ended.SetException(e);
        }
    }
}
