using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Formats;
using Rivulet.Cli.Hosting;

namespace Rivulet.Cli;

/// <summary>One run of a command: what its command line said, and where its output goes.</summary>
internal sealed class CommandContext(ParsedCommandLine line, CliHost host)
{
    private OutputStyle? _style;
    private StatusLog? _log;

    public CliHost Host { get; } = host;

    public OutputWriter Output => Host.Output;

    /// <summary>Status lines on standard error.</summary>
    public StatusLog Log => _log ??= new StatusLog(Host);

    public Prompt Prompt => new(Host);

    /// <summary>How blocks and tables are drawn.</summary>
    public OutputStyle Style => _style ??= ChooseStyle();

    /// <summary>What the program ends with when the command has done what was asked.</summary>
    public int ExitCode { get; set; }

    /// <summary>The colour scheme of the selected context, which <c>--colors</c> overrides.</summary>
    public string? ContextColors { get; set; }

    public bool IsTracing => Get(GlobalFlags.Trace);

    public T? Get<T>(Flag<T> flag) => line.Get(flag);

    public T? Get<T>(Argument<T> argument) => line.Get(argument);

    /// <summary>The value of an argument or flag that always has one: it is required, or has a default.</summary>
    public string Text(Argument<string> argument) => line.Get(argument) ?? "";

    public string Text(Flag<string> flag) => line.Get(flag) ?? "";

    public List<string> GetAll(ValueSpec spec) => line.GetAll(spec);

    /// <summary>True when the command line itself gives the flag or argument.</summary>
    public bool Has(ValueSpec spec) => line.Has(spec);

    public void Print(InfoBlock block) => Output.Write(block.Render(Style));

    /// <summary>Prints a table and the empty line that follows every table.</summary>
    public void Print(TextTable table)
    {
        Output.Write(table.Render(Style));
        Output.WriteLine();
    }

    /// <summary>A point in time, in full.</summary>
    public string Time(DateTimeOffset time) => Times.Full(time, Host.Clock);

    private OutputStyle ChooseStyle()
    {
        var scheme = Host.IsOutputTerminal ? Get(GlobalFlags.Colors) ?? ContextColors ?? "" : "";
        return new OutputStyle
        {
            Shape = Host.Environment("LLMFORMAT") == "1" ? OutputShape.Markdown
                : Host.Environment("TESTING") == "true" ? OutputShape.Json : OutputShape.Human,
            DoubleLines = scheme == "double",
            ColorStart = OutputStyle.ColorOf(scheme),
            WidthMax = Host.IsOutputTerminal ? Host.OutputWidth : 0,
        };
    }
}
