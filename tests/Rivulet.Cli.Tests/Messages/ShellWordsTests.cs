using Rivulet.Cli.Messages;

namespace Rivulet.Cli.Tests.Messages;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("a b  c", new[] { "a", "b", "c" })]
    [InlineData("  a\tb\n", new[] { "a", "b" })]
    [InlineData("'a b' \"c d\"", new[] { "a b", "c d" })]
    [InlineData("a'b'c", new[] { "abc" })]
    [InlineData("'' x", new[] { "", "x" })]
    [InlineData("a\\ b", new[] { "a b" })]
    [InlineData("'a\\b'", new[] { "a\\b" })]
    [InlineData("\"a\\\"b\"", new[] { "a\"b" })]
    [InlineData("\"it's\"", new[] { "it's" })]
    public void A_line_is_split_into_words(string line, string[] words) => Assert.Equal(words, ShellWords.Split(line));

    [Theory]
    [InlineData("'a", "Unterminated single-quoted string")]
    [InlineData("\"a", "Unterminated double-quoted string")]
    [InlineData("  ", "the command is empty")]
    public void A_line_that_makes_no_sense_is_refused(string line, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => ShellWords.Split(line)).Message);
}
