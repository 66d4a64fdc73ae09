using System.Text;
using Rivulet.Cli.Hosting;

namespace Rivulet.Cli.Tests;

/// <summary>
/// One run of the program inside the test process: its arguments and environment, and what it wrote.
/// </summary>
internal sealed class CliRun
{
    private readonly Captured _output = new();
    private readonly Captured _error = new();
    private Action? _interrupt;

    private CliRun()
    {
    }

    /// <summary>Completes with the exit code.</summary>
    public Task<int> Exit { get; private set; } = Task.FromResult(-1);

    /// <summary>What was written to standard output so far.</summary>
    public string Output => _output.Text;

    /// <summary>What was written to standard error so far.</summary>
    public string Error => _error.Text;

    public byte[] OutputBytes => _output.Bytes;

    /// <summary>Starts the program.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="server">Value of NATS_URL; null leaves it unset.</param>
    /// <param name="input">Standard input; null is an empty one.</param>
    /// <param name="environment">More of the environment. Nothing of the process's own is seen.</param>
    /// <param name="isTerminal">Whether input and output pass for a terminal.</param>
    public static CliRun Start(
        string[] arguments,
        string? server = null,
        string? input = null,
        Dictionary<string, string>? environment = null,
        bool isTerminal = false)
    {
        var run = new CliRun();
        var variables = new Dictionary<string, string>(environment ?? [], StringComparer.Ordinal);
        if (server is not null)
        {
            variables["NATS_URL"] = server;
        }

        var host = new CliHost
        {
            Output = new OutputWriter(new CapturedStream(run._output)),
            Error = new OutputWriter(new CapturedStream(run._error)),
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input ?? "")),
            Environment = name => variables.GetValueOrDefault(name),
            IsInputTerminal = isTerminal,
            IsOutputTerminal = isTerminal,
            OnInterrupt = action =>
            {
                run._interrupt = action;
                return new MemoryStream();
            },
        };
        run.Exit = Task.Run(() => CliProgram.Run(arguments, host));
        return run;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<CliRun> CompleteAsync(
        string[] arguments,
        string? server = null,
        string? input = null,
        Dictionary<string, string>? environment = null,
        bool isTerminal = false)
    {
        var run = Start(arguments, server, input, environment, isTerminal);
        await run.Exit.WaitAsync(TimeSpan.FromSeconds(30));
        return run;
    }

    /// <summary>As Ctrl-C, and waits for the end.</summary>
    public async Task<int> InterruptAsync()
    {
        await WaitUntilAsync(() => _interrupt is not null);
        _interrupt!();
        return await Exit.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits until standard output has at least this many lines.</summary>
    public Task WaitForOutputAsync(int lines) => WaitUntilAsync(() => Output.Count(c => c == '\n') >= lines);

    /// <summary>Waits until standard error holds a text.</summary>
    public Task WaitForErrorAsync(string text) => WaitUntilAsync(() => Error.Contains(text, StringComparison.Ordinal));

    private async Task WaitUntilAsync(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, $"waited in vain; stdout:\n{Output}\nstderr:\n{Error}");
            await Task.Delay(10);
        }
    }

    /// <summary>Bytes that one thread adds to and others read.</summary>
    private sealed class Captured
    {
        private readonly List<byte> _bytes = [];

        public byte[] Bytes
        {
            get
            {
                lock (_bytes)
                {
                    return [.. _bytes];
                }
            }
        }

        public string Text => Encoding.UTF8.GetString(Bytes);

        public void Add(ReadOnlySpan<byte> bytes)
        {
            lock (_bytes)
            {
                _bytes.AddRange(bytes);
            }
        }
    }

    private sealed class CapturedStream(Captured captured) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => captured.Add(buffer);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
