using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Tests.Formats;

public sealed class TextTableTests
{
    private static TextTable Sample(string title = "Title")
    {
        var table = new TextTable(title, "Key", TableColumn.Number("No"), "Value");
        table.Row("a.b", "1", "x");
        table.Row("c", "123", "two\nlines");
        return table;
    }

    [Fact]
    public void Text_is_aligned_left_and_numbers_right()
    {
        Assert.Equal(
            """
            ╭───────────────────╮
            │       Title       │
            ├─────┬─────┬───────┤
            │ Key │  No │ Value │
            ├─────┼─────┼───────┤
            │ a.b │   1 │ x     │
            │ c   │ 123 │ two   │
            │     │     │ lines │
            ╰─────┴─────┴───────╯

            """,
            Sample().Render(OutputStyle.Plain));
    }

    [Fact]
    public void An_odd_blank_stands_left_of_the_title() =>
        Assert.Contains("│        Even       │", Sample("Even").Render(OutputStyle.Plain), StringComparison.Ordinal);

    [Fact]
    public void A_title_wider_than_the_table_goes_on_in_the_next_line()
    {
        var text = Sample("A title that is too long for it").Render(OutputStyle.Plain);
        Assert.Contains("│ A title that is t │\n│   oo long for it  │\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Wide_characters_take_two_cells()
    {
        var table = new TextTable("T", "Key");
        table.Row("日本");
        table.Row("abcd");
        Assert.Contains("│ 日本 │\n│ abcd │\n", table.Render(OutputStyle.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_keeps_bars_and_line_ends_inside_their_cell()
    {
        var table = new TextTable("Title", "Key", TableColumn.Number("No"));
        table.Row("a|b\nc", "1");
        Assert.Equal(
            "# Title\n| Key | No |\n| --- | ---:|\n| a\\|b<br/>c | 1 |\n",
            table.Render(new OutputStyle { Shape = OutputShape.Markdown }));
    }

    [Fact]
    public void Lines_wider_than_the_terminal_are_cut()
    {
        foreach (var line in Sample().Render(new OutputStyle { WidthMax = 12 }).TrimEnd().Split('\n'))
        {
            Assert.Equal(12, DisplayWidth.Of(line));
            Assert.EndsWith(" ≈", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_double_scheme_draws_double_lines() =>
        Assert.StartsWith("╔═══════════════════╗\n║       Title       ║\n╠═════╦═════╦═══════╣", Sample().Render(new OutputStyle { DoubleLines = true }), StringComparison.Ordinal);

    [Fact]
    public void A_row_of_another_length_is_a_mistake() =>
        Assert.Throws<ArgumentException>(() => Sample().Row("one"));
}
