using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Messages;

/// <summary>Prints the bodies of received messages, through the user's filter command where there is one.</summary>
internal sealed class BodyPrinter(CommandContext context)
{
    public static readonly Flag<string> Translate = Flag.Text("translate", "Command that turns message data into what is shown; it has them on its input");
    private readonly string _filter = context.Text(Translate);

    /// <summary>The body on lines of its own, and one or two empty lines, so that two line ends follow in any case.</summary>
    public async Task PrintAsync(ReadOnlyMemory<byte> body, string subject)
    {
        if (await PrintCompactAsync(body, subject).ConfigureAwait(false) is not { } printed)
        {
            return;
        }

        context.Output.WriteLine();
        if (!printed.Span.EndsWith("\n"u8))
        {
            context.Output.WriteLine();
        }
    }

    /// <summary>The body, with a line end added if it has none. Null when the filter failed.</summary>
    public async Task<ReadOnlyMemory<byte>?> PrintCompactAsync(ReadOnlyMemory<byte> body, string subject)
    {
        if (body.IsEmpty && _filter.Length == 0)
        {
            context.Output.WriteLine("nil body");
            return body;
        }

        try
        {
            body = await TranslateAsync(body, subject).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is CliException or FormatException)
        {
            context.Output.WriteLine(
                $"{Quoting.Quote(System.Text.Encoding.UTF8.GetString(body.Span))}\nError while translating msg body: {failure.Message}\n");
            return null;
        }

        context.Output.Write(body.Span);
        if (!body.Span.EndsWith("\n"u8))
        {
            context.Output.WriteLine();
        }

        return body;
    }

    /// <summary>What the filter command makes of the body; the body itself without one.</summary>
    /// <exception cref="CliException">The command cannot be run, or fails.</exception>
    /// <exception cref="FormatException">The command line makes no sense.</exception>
    public async Task<ReadOnlyMemory<byte>> TranslateAsync(ReadOnlyMemory<byte> body, string subject)
    {
        if (_filter.Length == 0)
        {
            return body;
        }

        var line = _filter.Replace("{{Subject}}", subject, StringComparison.Ordinal).Replace("{{Stream}}", "", StringComparison.Ordinal);
        var result = await ChildProcess.RunAsync(ShellWords.Split(line), body).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Output : throw new CliException($"exit status {result.ExitCode}");
    }
}
