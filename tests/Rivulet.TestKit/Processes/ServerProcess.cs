using System.Diagnostics;
using System.Globalization;

namespace Rivulet.TestKit.Processes;

/// <summary>
/// A server program running as a process of its own, on 127.0.0.1 at a port that stays the same when it is killed and
/// started again on the same store. One test drives it; the log may be read from any thread.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private const string ReadyLine = "Server is ready";
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(15);

    private readonly ServerProcessOptions _options;
    private readonly TemporaryFolder _folder;
    private readonly Lock _logLock = new();
    private readonly List<string> _log = [];
    private Process? _process;
    private TaskCompletionSource _ready = new();

    private ServerProcess(ServerProcessOptions options)
    {
        _options = options;
        _folder = new TemporaryFolder("server");
        StoreDirectory = options.StoreDirectory ?? _folder.Combine("store");
        Port = LoopbackPort.FindFree();
    }

    /// <summary>The port that it listens on for clients.</summary>
    public int Port { get; }

    /// <summary>What clients connect to.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{Port}");

    /// <summary>Where it keeps its data.</summary>
    public string StoreDirectory { get; }

    /// <summary>The process id; it changes with every start.</summary>
    public int ProcessId => Running.Id;

    /// <summary>Whether the process is there.</summary>
    public bool IsRunning => _process is { HasExited: false };

    private Process Running => _process ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>What it has printed so far, over all its starts, oldest line first.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_logLock)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Starts a server and waits until it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended before it was ready; the message holds its log.</exception>
    /// <exception cref="TimeoutException">It was not ready in time; the message holds its log.</exception>
    public static async Task<ServerProcess> StartAsync(ServerProcessOptions? options = null)
    {
        var server = new ServerProcess(options ?? new ServerProcessOptions());
        try
        {
            await server.StartProgramAsync().ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the process at once and without warning, as <c>kill -9</c> does; returns when it is gone.</summary>
    public async Task KillAsync()
    {
        Running.Kill();
        await ForgetProcessAsync().ConfigureAwait(false);
    }

    /// <summary>Starts the program again on the same port and store, and waits until it says that it is ready.</summary>
    public async Task StartAgainAsync()
    {
        if (_process is not null)
        {
            await ForgetProcessAsync().ConfigureAwait(false);
        }

        await StartProgramAsync().ConfigureAwait(false);
    }

    /// <summary>Asks it to shut down (SIGTERM; elsewhere it is killed), and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Process process = Running;
        if (OperatingSystem.IsWindows())
        {
            process.Kill();
        }
        else
        {
            string id = process.Id.ToString(CultureInfo.InvariantCulture);
            await ProgramRun.RunAsync("kill", ["-TERM", id], s_stopLimit).ConfigureAwait(false);
        }

        using var limit = new CancellationTokenSource(s_stopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The server did not stop within {s_stopLimit}. {LogForMessage()}");
        }

        int exitCode = process.ExitCode;
        await ForgetProcessAsync().ConfigureAwait(false);
        return exitCode;
    }

    /// <summary>Kills the process if it is still there, and deletes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            await ForgetProcessAsync().ConfigureAwait(false);
        }

        _folder.Dispose();
    }

    private async Task StartProgramAsync()
    {
        _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = ProgramRun.Start(_options.Program, Arguments(), workingDirectory: null, environment: null);
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Record(line.Data);
        _process.ErrorDataReceived += (_, line) => Record(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        Task exited = _process.WaitForExitAsync();
        Task first = await Task.WhenAny(_ready.Task, exited, Task.Delay(_options.StartLimit)).ConfigureAwait(false);
        if (first == exited && !_ready.Task.IsCompleted)
        {
            throw new InvalidOperationException(
                $"{_options.Program} ended with exit code {_process.ExitCode} before it was ready. {LogForMessage()}");
        }

        if (first != _ready.Task)
        {
            throw new TimeoutException($"{_options.Program} was not ready within {_options.StartLimit}. {LogForMessage()}");
        }
    }

    private List<string> Arguments()
    {
        List<string> arguments = ["-a", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture)];
        if (_options.JetStream)
        {
            arguments.AddRange(["-js", "-sd", StoreDirectory]);
        }

        if (_options.Configuration is not null)
        {
            string file = _folder.Combine("server.conf");
            File.WriteAllText(file, _options.Configuration);
            arguments.AddRange(["-c", file]);
        }

        arguments.AddRange(_options.Arguments);
        return arguments;
    }

    private void Record(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_logLock)
        {
            _log.Add(line);
        }

        if (line.EndsWith(ReadyLine, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }

    private async Task ForgetProcessAsync()
    {
        Process process = Running;
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
        _process = null;
    }

    private string LogForMessage() => "Its log:\n" + string.Join('\n', Log);
}
