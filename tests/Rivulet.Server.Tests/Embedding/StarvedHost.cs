using System.Diagnostics;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Embedding;

/// <summary>A process that embeds the server and has blocked all threads of its thread pool.</summary>
internal sealed class StarvedHost : IDisposable
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new("starved-host");
    private readonly Process _process;

    private StarvedHost(bool inlineCompletions)
    {
        var start = new ProcessStartInfo(BuiltPrograms.PathOf("Rivulet.StarvedHost"), [_folder.Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[InlineCompletions] = inlineCompletions ? "1" : "0";
        _process = Process.Start(start)!;
    }

    /// <summary>Its port.</summary>
    public int Port { get; private set; }

    /// <summary>Starts one and waits until its pool is starved.</summary>
    /// <param name="inlineCompletions">Whether the runtime's inline-completions switch is set, as the server program does.</param>
    public static async Task<StarvedHost> StartAsync(bool inlineCompletions)
    {
        var host = new StarvedHost(inlineCompletions);
        string? line = await host._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("port ", line, StringComparison.Ordinal);
        host.Port = int.Parse(line![5..]);
        return host;
    }

    /// <summary>Connects over a socket and says CONNECT as most clients do.</summary>
    public async Task<RawClient> ConnectAsync(TimeSpan limit)
    {
        var client = await RawClient.ConnectAsync(Port).WaitAsync(limit);
        client.Limit = limit;
        return await client.SayConnectAsync();
    }

    /// <summary>Ends it, and checks that its pool was starved all the time.</summary>
    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(ExitLimit);
        Assert.Equal(0, _process.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }
}
