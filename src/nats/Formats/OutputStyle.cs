namespace Rivulet.Cli.Formats;

/// <summary>What shape blocks and tables take.</summary>
internal enum OutputShape
{
    /// <summary>Aligned columns and boxes.</summary>
    Human,

    /// <summary>Markdown, asked for by <c>LLMFORMAT=1</c>.</summary>
    Markdown,

    /// <summary>JSON for blocks (tables stay as they are), asked for by <c>TESTING=true</c>.</summary>
    Json,
}

/// <summary>How blocks and tables are drawn: their shape, the colour scheme, and the room there is.</summary>
internal sealed class OutputStyle
{
    public static readonly OutputStyle Plain = new();

    /// <summary>Names that <c>--colors</c> takes, sorted.</summary>
    public static readonly string[] SchemeNames = ["blue", "cyan", "double", "green", "magenta", "red", "rounded", "yellow"];

    public OutputShape Shape { get; init; }

    /// <summary>True for the double-line box.</summary>
    public bool DoubleLines { get; init; }

    /// <summary>Escape sequence that starts the colour of lines and colons; empty for none.</summary>
    public string ColorStart { get; init; } = "";

    /// <summary>Widest line in terminal cells; 0 for no limit.</summary>
    public int WidthMax { get; init; }

    /// <summary>The text in this style's colour.</summary>
    public string Colored(string text) => ColorStart.Length == 0 ? text : ColorStart + text + "\e[0m";

    /// <summary>Escape sequence of a scheme's colour; empty for the schemes without one.</summary>
    public static string ColorOf(string scheme) => scheme switch
    {
        "red" => "\e[31m",
        "green" => "\e[32m",
        "yellow" => "\e[33m",
        "blue" => "\e[34m",
        "magenta" => "\e[35m",
        "cyan" => "\e[36m",
        _ => "",
    };
}
