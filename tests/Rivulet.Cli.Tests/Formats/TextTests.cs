using System.Text;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Tests.Formats;

public sealed class TextTests
{
    [Theory]
    [InlineData("foo", "\"foo\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("a\tb\n", "\"a\\tb\\n\"")]
    [InlineData("\u0001", "\"\\x01\"")]
    [InlineData("äö€", "\"äö€\"")]
    [InlineData("\u200b", "\"\\u200b\"")]
    public void A_quoted_text_shows_what_cannot_be_seen(string text, string quoted) => Assert.Equal(quoted, Quoting.Quote(text));

    [Theory]
    [InlineData("hello world", "hello world")]
    [InlineData("", "")]
    [InlineData("a\nb", "YQpi")]
    [InlineData("ä", "w6Q=")]
    public void A_value_with_anything_but_plain_ascii_is_shown_in_base64(string value, string shown) =>
        Assert.Equal(shown, PrintableValue.Of(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void A_value_of_forty_characters_is_shown_whole_and_a_longer_one_without_its_middle()
    {
        var forty = new string('x', 40);
        Assert.Equal(forty, PrintableValue.Short(Encoding.ASCII.GetBytes(forty)));
        Assert.Equal("abcdefghijklmno...56789abcdefghij", PrintableValue.Short("abcdefghijklmnopqrstuvwxyz0123456789abcdefghij"u8));
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("äöü", 3)]
    [InlineData("日本", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("🙂", 2)]
    public void Width_counts_terminal_cells(string text, int width) => Assert.Equal(width, DisplayWidth.Of(text));

    [Fact]
    public void Paragraphs_are_broken_into_lines_of_even_length()
    {
        Assert.Equal(
            ["aaa bb", "cc ddddd"],
            TextWrap.Paragraph("aaa bb cc ddddd", 8));
    }

    [Fact]
    public void A_word_longer_than_a_line_has_a_line_to_itself() =>
        Assert.Equal(["a", "bbbbbbbbbbbb", "c"], TextWrap.Paragraph("a bbbbbbbbbbbb c", 5));

    [Fact]
    public void A_break_after_punctuation_is_preferred() =>
        Assert.Equal(["one two,", "three four"], TextWrap.Paragraph("one two, three four", 14));

    [Fact]
    public void Indented_lines_are_kept_as_they_are() =>
        Assert.Equal("text\n\n     kept   as is\n\nmore\n", TextWrap.Text("text\n\n   kept   as is\n\nmore", 80));
}
