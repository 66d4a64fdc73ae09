using System.Text;
using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Messages;

/// <summary>
/// Where the bodies of published messages come from: the argument, once, or standard input, whole or line by line. Used
/// by one command, in order.
/// </summary>
internal sealed class BodySource : IDisposable
{
    public static readonly Flag<string> SendOn = Flag.Choice("send-on", "When to send what comes from stdin: at its end ('eof', the default) or at each line ('newline')", ["newline", "eof"], byDefault: "eof");
    public static readonly Flag<bool> ForceStdin = Flag.Switch("force-stdin", "Read the body from stdin even from a terminal");

    private readonly ReadOnlyMemory<byte> _argument;
    private readonly Stream? _input;
    private readonly MemoryStream _pending = new();
    private bool _isDone;

    public BodySource(CommandContext context, Argument<string> body)
    {
        ByLine = context.Text(SendOn) == "newline";
        var host = context.Host;
        UsesInput = !context.Has(body) && (!host.IsInputTerminal || host.IsInteractive || context.Get(ForceStdin));
        if (UsesInput)
        {
            _input = host.OpenInput();
        }
        else
        {
            _argument = Encoding.UTF8.GetBytes(context.Text(body));
        }
    }

    /// <summary>True when bodies are read from standard input.</summary>
    public bool UsesInput { get; }

    /// <summary>True when each line of standard input is a body.</summary>
    public bool ByLine { get; }

    /// <summary>The next body, or null when there is none left.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync()
    {
        if (_isDone)
        {
            return null;
        }

        if (_input is null)
        {
            _isDone = true;
            return _argument;
        }

        return ByLine ? await ReadLineAsync(_input).ConfigureAwait(false) : await ReadAllAsync(_input).ConfigureAwait(false);
    }

    private async Task<ReadOnlyMemory<byte>?> ReadAllAsync(Stream input)
    {
        _isDone = true;
        using var content = new MemoryStream();
        await input.CopyToAsync(content).ConfigureAwait(false);
        return content.ToArray();
    }

    private async Task<ReadOnlyMemory<byte>?> ReadLineAsync(Stream input)
    {
        var chunk = new byte[4096];
        while (true)
        {
            if (TakeLine() is { } line)
            {
                return line;
            }

            var read = await input.ReadAsync(chunk).ConfigureAwait(false);
            if (read == 0)
            {
                _isDone = true;
                return _pending.Length == 0 ? default(ReadOnlyMemory<byte>?) : _pending.ToArray();
            }

            _pending.Write(chunk, 0, read);
        }
    }

    private byte[]? TakeLine()
    {
        var bytes = _pending.GetBuffer().AsSpan(0, (int)_pending.Length);
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0)
        {
            return null;
        }

        var line = bytes[..end];
        var rest = bytes[(end + 1)..].ToArray();
        var taken = (line.EndsWith("\r"u8) ? line[..^1] : line).ToArray();
        _pending.SetLength(0);
        _pending.Write(rest);
        return taken;
    }

    public void Dispose()
    {
        _input?.Dispose();
        _pending.Dispose();
    }
}
