using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Tests.Formats;

public sealed class InfoBlockTests
{
    private static InfoBlock Sample()
    {
        var block = new InfoBlock("Heading");
        block.Row("Short", "a");
        block.Section("First");
        block.Row("A longer label", 1234L);
        block.Row("", "continued");
        block.Section("Outer");
        block.Indent(4);
        block.Section("Inner");
        block.Row("On", true);
        block.Indent(0);
        return block;
    }

    [Fact]
    public void Colons_stand_in_one_column_for_the_whole_block()
    {
        Assert.Equal(
            """
            Heading

                       Short: a

            First:

              A longer label: 1,234
                              continued

            Outer:

                Inner:

                              On: true

            """,
            Sample().Render(OutputStyle.Plain));
    }

    [Fact]
    public void A_blank_line_ahead_of_a_section_is_not_doubled()
    {
        var block = new InfoBlock("Heading");
        block.Row("a", "b");
        block.Line();
        block.Section("S");
        block.Line();
        block.Line("text");
        Assert.Equal("Heading\n\n  a: b\n\nS:\n\n text\n", block.Render(OutputStyle.Plain));
    }

    [Fact]
    public void Markdown_has_a_list_for_each_section()
    {
        Assert.Equal(
            """
            # Heading

            - **Short:** a

            ## First

            - **A longer label:** 1,234
            - continued

            ## Outer


            #### Inner

            - **On:** true

            """,
            Sample().Render(new OutputStyle { Shape = OutputShape.Markdown }));
    }

    [Fact]
    public void Json_has_an_object_for_each_section()
    {
        Assert.Equal(
            """
            {
              "Header": "Heading",
              "Short": "a",
              "First": {
                "A longer label": "1,234"
              },
              "Inner": {
                "On": "true"
              }
            }

            """,
            Sample().Render(new OutputStyle { Shape = OutputShape.Json }));
    }

    [Fact]
    public void Colons_take_the_color_of_the_scheme() =>
        Assert.Contains("Short\e[32m:\e[0m a", Sample().Render(new OutputStyle { ColorStart = OutputStyle.ColorOf("green") }), StringComparison.Ordinal);
}
