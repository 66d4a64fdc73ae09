using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Logging;
using Rivulet.Server.Security;

namespace Rivulet.Server.Hosting;

/// <summary>
/// JetStream of a server, which a reload turns on and off: opened before any setting changes, started once all have, and closed with what was
/// acknowledged.
/// </summary>
/// <remarks>Turned by one thread at a time, which waits for the stores; any thread asks for <see cref="Current"/>.</remarks>
internal sealed class JetStreamSwitch : IAsyncDisposable
{
    private readonly IJetStreamHost _host;
    private readonly ConnectionEnvironment _environment;
    private readonly ServerSecurity _security;
    private readonly ILogger _log;
    private volatile JetStreamService? _current;

    /// <summary>It is off.</summary>
    /// <param name="host">What JetStream runs in.</param>
    /// <param name="environment">What connections share; gets what PONGs wait for.</param>
    /// <param name="security">Knows the accounts of operators.</param>
    /// <param name="log">Where log lines go.</param>
    public JetStreamSwitch(IJetStreamHost host, ConnectionEnvironment environment, ServerSecurity security, ILogger log)
    {
        _host = host;
        _environment = environment;
        _security = security;
        _log = log;
    }

    /// <summary>JetStream; null while it is off.</summary>
    public JetStreamService? Current => _current;

    /// <summary>Turns it on with the server.</summary>
    /// <exception cref="NatsServerStartException">The stores cannot be opened.</exception>
    /// <exception cref="NatsServerOptionsException">Accounts are to have more than there is.</exception>
    public async Task StartAsync(JetStreamServerOptions settings, CancellationToken cancellationToken)
    {
        await TurnOnAsync(await JetStreamService.OpenAsync(settings, _host, _log, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Opens the stores if other settings ask for JetStream and it is off, so that nothing changes if that cannot be done.</summary>
    /// <returns>What is to be turned on; null if it is on already, or is not asked for.</returns>
    /// <exception cref="NatsServerOptionsException">The stores cannot be opened, or accounts are to have more than there is.</exception>
    public JetStreamService? Prepare(NatsServerOptions options)
    {
        if (options.JetStream is not { } settings)
            return null;
        if (_current is { } running)
        {
            running.CheckAccounts(options.Accounts, options.SystemAccount, settings);
            return null;
        }

        ServerLog.Notice(_log, "Restarting JetStream");
        JetStreamService? opened = null;
        try
        {
            opened = JetStreamService.OpenAsync(settings, _host, _log, CancellationToken.None).GetAwaiter().GetResult();
            opened.CheckAccounts(options.Accounts, options.SystemAccount);
            return opened;
        }
        catch (Exception e) when (e is NatsServerStartException or NatsServerOptionsException)
        {
            opened?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw new NatsServerOptionsException(e.Message, e);
        }
    }

    /// <summary>Turns on what was prepared: the accounts are those of the new settings by now.</summary>
    public void TurnOn(JetStreamService prepared)
    {
        TurnOnAsync(prepared).GetAwaiter().GetResult();
    }

    /// <summary>
    /// Turns it off, if it is on: what is stored is committed, and connections stay. A disk that fails meanwhile is told; it does not bring
    /// JetStream back.
    /// </summary>
    public void TurnOff()
    {
        if (_current is not { } jetStream)
            return;
        _security.JetStreamStopping();
        try
        {
            jetStream.TurnOffAsync(_environment.Accounts).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ServerLog.JetStreamCloseFailed(_log, e.Message);
        }
        finally
        {
            _environment.CommitBarrier = null;
            _current = null;
        }
    }

    /// <summary>Closes it with the server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_current is { } jetStream)
            await jetStream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task TurnOnAsync(JetStreamService jetStream)
    {
        // First, so that it is closed with the server whatever happens, and that no PONG comes before what it stands for.
        _current = jetStream;
        _environment.CommitBarrier = jetStream;
        if (!_security.HasOperators)
            jetStream.Configure(_environment.Accounts);
        await _security.JetStreamStartedAsync(jetStream).ConfigureAwait(false);
        jetStream.NoteStarted();
    }
}
