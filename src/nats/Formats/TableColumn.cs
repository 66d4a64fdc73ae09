namespace Rivulet.Cli.Formats;

/// <summary>The head of a table's column, and whether its cells are numbers.</summary>
internal readonly record struct TableColumn(string Header, bool IsNumeric)
{
    public static implicit operator TableColumn(string header) => new(header, IsNumeric: false);

    public static TableColumn Number(string header) => new(header, IsNumeric: true);
}
