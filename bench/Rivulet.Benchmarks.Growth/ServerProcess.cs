using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rivulet.Benchmarks.Growth;

/// <summary>A server program with a store of its own, and what it takes of the machine. Killed at the end.</summary>
internal sealed class ServerProcess : IDisposable
{
    // Our root script builds the program first if its sources changed.
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly string _store;

    // Of its log: most likely the reason if it ended.
    private string _lastLine = "";

    private ServerProcess(Process process, string store, int port)
    {
        _process = process;
        _store = store;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Processor time so far, in user and system mode; Linux counts it in steps of 10 ms.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory.</summary>
    public long RssBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <param name="command">The program and its arguments, with <c>{port}</c> and <c>{store}</c> where those belong.</param>
    public static ServerProcess Start(string command)
    {
        string store = Directory.CreateTempSubdirectory("growth-").FullName;
        int port = FreePort();
        string[] words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Replace("{store}", store, StringComparison.Ordinal)
                .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))];
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {words[0]}");
        var server = new ServerProcess(process, store, port);
        process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            server.WaitUntilItListens();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_store, recursive: true);
    }

    private void Keep(string? line) => _lastLine = line ?? _lastLine;

    private void WaitUntilItListens()
    {
        long start = Stopwatch.GetTimestamp();
        while (!Listens())
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server ended with {_process.ExitCode}: {_lastLine}");
            if (Stopwatch.GetElapsedTime(start) > StartMax)
                throw new TimeoutException("The server does not listen.");
            Thread.Sleep(50);
        }
    }

    private bool Listens()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
