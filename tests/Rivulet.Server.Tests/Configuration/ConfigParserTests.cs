using System.Globalization;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Tests.Configuration;

/// <summary>The configuration language, as the reference server reads it.</summary>
public class ConfigParserTests
{
    [Theory]
    [InlineData("port: 4333", "port=4333")]
    [InlineData("port=4333", "port=4333")]
    [InlineData("port 4333", "port=4333")]
    [InlineData("\"port\" 4333", "port=4333")]
    [InlineData("'port' : 4333;", "port=4333")]
    [InlineData("{\"port\":4333,\"host\":\"::1\"}", "port=4333 host='::1'")]
    [InlineData("{\n \"a\": {\"b\": 1}\n}\n", "a={b=1}")]
    [InlineData("# hi\n// there\na: 1 # one\nb: 2 // two\n", "a=1 b=2")]
    [InlineData("a: 1\na: 2\n", "a=2")]
    [InlineData("a: 1; b: 2, c: 3", "a=1 b=2 c=3")]
    [InlineData("a { b: 1; c: 2, d: 3\n e: 4 }", "a={b=1 c=2 d=3 e=4}")]
    [InlineData("a: 1\r\nb { c: 2\r\n }\r\n", "a=1 b={c=2}")]
    [InlineData("a: 1\n}\n", "a=1")]
    [InlineData("a { b: \n 5 }", "a={b=5}")]
    [InlineData("a {}", "a={}")]
    public void Pairs_and_maps(string text, string expected)
    {
        Assert.Equal(expected, Shown(text));
    }

    [Theory]
    [InlineData("a: [x, y]", "a=['x' 'y']")]
    [InlineData("a: [\n x\n y\n]", "a=['x' 'y']")]
    [InlineData("a: [x, y,]", "a=['x' 'y']")]
    [InlineData("a: [1,2]", "a=[1 2]")]
    [InlineData("a: [ # c\n \"x\" // d\n \"y\" # e\n ]", "a=['x' 'y']")]
    [InlineData("a: [[1], {b: 2}]", "a=[[1] {b=2}]")]
    [InlineData("a: []", "a=[]")]
    public void Arrays(string text, string expected)
    {
        Assert.Equal(expected, Shown(text));
    }

    [Theory]
    [InlineData("hello#x", "'hello#x'")]
    [InlineData("hello #x", "'hello'")]
    [InlineData("hello//x", "'hello//x'")]
    [InlineData("'a\\nb'", "'a\\nb'")]
    [InlineData("\"a\\x41\\t\\\"\\\\\"", "'aA\t\"\\'")]
    [InlineData("\"\\xc3\\xa4\"", "'ä'")]
    [InlineData("a\\x41b", "'aAb'")]
    [InlineData("(\nabc\n def )\n)\n", "'\nabc\n def )\n'")]
    [InlineData("2abc", "'2abc'")]
    [InlineData("8kx", "'8kx'")]
    [InlineData("127.0.0.1", "'127.0.0.1'")]
    [InlineData("127.0.0.1:-1", "'127.0.0.1:-1'")]
    [InlineData("0x10", "'0x10'")]
    [InlineData("", "''")]
    [InlineData("$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG", "'$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG'")]
    public void Strings(string text, string expected)
    {
        Assert.Equal("a=" + expected, Shown("a: " + text));
    }

    [Theory]
    [InlineData("-1", "-1")]
    [InlineData("8", "8")]
    [InlineData("8k", "8000")]
    [InlineData("8KB", "8192")]
    [InlineData("8ki", "8192")]
    [InlineData("8KiB", "8192")]
    [InlineData("2m", "2000000")]
    [InlineData("2mb", "2097152")]
    [InlineData("-2MiB", "-2097152")]
    [InlineData("3g", "3000000000")]
    [InlineData("3gb", "3221225472")]
    [InlineData("1t", "1000000000000")]
    [InlineData("1p", "1000000000000000")]
    [InlineData("1eb", "1152921504606846976")]
    [InlineData("0.5", "0.5")]
    [InlineData("true", "true")]
    [InlineData("YES", "true")]
    [InlineData("on", "true")]
    [InlineData("off", "false")]
    [InlineData("No", "false")]
    [InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z")]
    public void Numbers_booleans_and_times(string text, string expected)
    {
        Assert.Equal("a=" + expected, Shown("a: " + text));
    }

    [Theory]
    [InlineData(": 4\n", "Parse error on line 1: 'Unexpected key separator ':''")]
    [InlineData("port:\n", "Parse error on line 2: 'Expected value but found new line'")]
    [InlineData("port", "config is invalid (a.conf:1:4)")]
    [InlineData("port: 1\nhost\n", "config is invalid (a.conf:3:1)")]
    [InlineData("a: 1 b: 2", "Parse error on line 1: 'Expected a top-level value to end with a new line, comment or EOF, but got 'b' instead.'")]
    [InlineData("a { b: 1 c: 2 }", "Parse error on line 1: 'Expected a map value terminator \",\" or a map terminator \"}\", but got 'c' instead.'")]
    [InlineData("a { b: 1\n", "Parse error on line 2: 'Unexpected EOF processing map.'")]
    [InlineData("a: \"abc\n", "Parse error on line 2: 'Unexpected EOF.'")]
    [InlineData("a: 'abc\n", "Parse error on line 2: 'Unexpected EOF.'")]
    [InlineData("a: [,x]", "Parse error on line 1: 'Unexpected array value terminator ','.'")]
    [InlineData("a: [\"x\" \"y\"]", "Parse error on line 1: 'Expected an array value terminator \",\" or an array terminator \"]\", but got '\"' instead.'")]
    [InlineData("a: (\nabc)\n", "Parse error on line 3: 'Unexpected EOF processing block.'")]
    [InlineData("a: \"\\q\"", "Parse error on line 1: 'Invalid escape character 'q'. Only the following escape characters are allowed: \\xXX, \\t, \\n, \\r, \\\", \\\\.'")]
    [InlineData("a: \"\\xzz\"", "Parse error on line 1: 'Expected two hexadecimal digits after '\\x', but got 'zz''")]
    [InlineData("a: .5", "Parse error on line 1: 'Floats must start with a digit'")]
    [InlineData("a: 5.\n", "Parse error on line 2: 'Floats must have a digit after the '.', but got '\\n' instead.'")]
    [InlineData("a: 1.5MB", "Parse error on line 1: 'Expected a top-level value to end with a new line, comment or EOF, but got 'M' instead.'")]
    [InlineData("a: -abc", "Parse error on line 1: 'Expected a digit but got 'a'.'")]
    [InlineData("a: 26-01", "Parse error on line 1: 'All ISO8601 dates must be in full Zulu form.'")]
    [InlineData("a: 2026-01-02\n", "Parse error on line 2: 'Expected 'T' in ISO8601 datetime, but found '\\n' instead.'")]
    [InlineData("a: 99999999999999999999", "integer '99999999999999999999' is out of the range")]
    [InlineData("a: 99999999999e", "integer '99999999999e' is out of the range")]
    [InlineData("a { b }", "Parse error on line 1: 'Expected a value for 'b' but found the end of its map.'")]
    public void What_is_wrong_is_told_with_its_line(string text, string expected)
    {
        Assert.Equal(expected, Assert.Throws<ConfigSyntaxException>(() => Parse(text)).Message);
    }

    [Fact]
    public void Nesting_has_an_end_before_the_stack_has()
    {
        var error = Assert.Throws<ConfigSyntaxException>(() => Parse("a: " + new string('[', 100_000)));
        Assert.Contains("nested deeper than 200", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_know_their_place()
    {
        var map = Parse("a: 1\n  b: 2\n\"c\" { d: 3 }");
        Assert.Equal(["a.conf:1:0", "a.conf:2:3", "a.conf:3:2"], map.Entries.Select(entry => entry.Position.ToString()));
        var inner = Assert.IsType<ConfigMap>(map.Entries[2].Value);
        Assert.Equal("a.conf:3:7", inner.Entries[0].Position.ToString());
    }

    [Theory]
    [InlineData("port: 4333\n", "sha256:5942f6739f1572892ba80b954eee212713f172258629e16936dfeeae8e2eb80d")]
    [InlineData("{\"port\": 4333}", "sha256:5942f6739f1572892ba80b954eee212713f172258629e16936dfeeae8e2eb80d")]
    [InlineData("jetstream: { store_dir: /tmp/x }, port 4333", "sha256:663d61da569c614b151caef71870cd2a2b4f7f5791f1d67343fb4f3ba02353b8")]
    [InlineData("server_name: \"a\\x41\\t\\n\\r\\\"\\\\\"\n", "sha256:1f3a3081755d3ec4cf1d8068bf593713dae06a61df56c857b10b79a0c07c39d0")]
    [InlineData("server_tags: [\"a:1\", \"b:2\"]\nserver_metadata { a: b, c: d }\n", "sha256:5dbd2e176fe287ec7294dab655f52f561283080b07936b98471d7e98a1a1b404")]
    [InlineData("debug: yes", "sha256:eca738dbc8155b8e2da07ff1a72a27aea10ba0fe3256289ad8b18ef5846bec7e")]
    public void The_digest_is_the_references(string text, string expected)
    {
        Assert.Equal(expected, ConfigDigest.Of(Parse(text)));
    }

    [Theory]
    [InlineData("P: 4333\nport: $P", "P=4333 port=4333")]
    [InlineData("a { D: x, b: $D }", "a={D='x' b='x'}")]
    [InlineData("D: x\na { b: $D }", "D='x' a={b='x'}")]
    [InlineData("J { b: 1 }\na: $J", "J={b=1} a={b=1}")]
    [InlineData("T: x\na: [$T, y]", "T='x' a=['x' 'y']")]
    [InlineData("a: $PORT", "a=4333")]
    [InlineData("a: $QUOTED", "a='two words'")]
    [InlineData("a: $MAP", "a={b=1}")]
    [InlineData("a: $OTHER", "a=4333")]
    [InlineData("a: \"$PORT\"", "a='$PORT'")]
    [InlineData("a: x$PORT", "a='x$PORT'")]
    public void Variables_are_keys_seen_before_or_of_the_environment(string text, string expected)
    {
        Assert.Equal(expected, Shown(text, Environment(text)));
    }

    [Theory]
    [InlineData("a: $NOPE", "variable reference for 'NOPE' on line 1 can not be found")]
    [InlineData("a: $P\nP: 1", "variable reference for 'P' on line 1 can not be found")]
    [InlineData("p: 1\na: $P", "variable reference for 'P' on line 2 can not be found")]
    [InlineData("a { D: x }\nb: $D", "variable reference for 'D' on line 2 can not be found")]
    [InlineData("a: $LOOP", "variable reference for 'LOOP' on line 1 could not be parsed: variable reference for 'LOOP' on line 1 could not be parsed: variable reference cycle for 'LOOP'")]
    [InlineData("a: $BAD", "variable reference for 'BAD' on line 1 could not be parsed: Parse error on line 1: 'Unexpected EOF processing map.'")]
    public void A_variable_that_is_not_there_or_needs_itself_is_an_error(string text, string expected)
    {
        var error = Assert.Throws<ConfigSyntaxException>(() => new ConfigScope(Environment(text)).ParseFile("a.conf"));
        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public void Includes_are_merged_where_they_stand_and_found_beside_their_file()
    {
        var source = MemorySource.With("a: 1\ninclude sub/b.conf\nINCLUDE \"./c.conf\"\nm { include 'c.conf' }\nx: $P");
        source.Files[Path.Combine("", "sub/b.conf")] = "include d.conf; a: 2";
        source.Files[Path.Combine("sub", "d.conf")] = "P: 5";
        source.Files["./c.conf"] = "c: 3";
        source.Files["c.conf"] = "c: 4";
        Assert.Equal("a=2 P=5 c=3 m={c=4} x=5", Shown(source));
    }

    [Theory]
    [InlineData("include nope.conf", "error parsing include file 'nope.conf', open nope.conf: no such file or directory")]
    [InlineData("include bad.conf", "error parsing include file 'bad.conf', Parse error on line 2: 'Expected value but found new line'")]
    [InlineData("include a.conf", "error parsing include file 'a.conf', include cycle for 'a.conf'")]
    [InlineData("include other.conf", "error parsing include file 'other.conf', error parsing include file 'a.conf', include cycle for 'a.conf'")]
    [InlineData("P: 1\ninclude uses.conf", "error parsing include file 'uses.conf', variable reference for 'P' on line 1 can not be found")]
    [InlineData("include ", "error parsing include file '', open : no such file or directory")]
    [InlineData("include [a]", "Parse error on line 1: 'Expected include value but found start of an array'")]
    [InlineData("include 5", "Parse error on line 1: 'Expected include value but found start of a number'")]
    public void An_include_that_cannot_be_read_is_an_error(string text, string expected)
    {
        var source = MemorySource.With(text);
        source.Files["bad.conf"] = "port:\n";
        source.Files["other.conf"] = "include a.conf";
        source.Files["uses.conf"] = "a: $P";
        Assert.Equal(expected, Assert.Throws<ConfigSyntaxException>(() => new ConfigScope(source).ParseFile("a.conf")).Message);
    }

    private static MemorySource Environment(string text)
    {
        var source = MemorySource.With(text);
        source.Variables["PORT"] = "4333";
        source.Variables["QUOTED"] = "'two words'";
        source.Variables["MAP"] = "{ b: 1 }";
        source.Variables["OTHER"] = "$PORT";
        source.Variables["LOOP"] = "$LOOP";
        source.Variables["BAD"] = "{ b: ";
        return source;
    }

    private static ConfigMap Parse(string text)
    {
        return new ConfigScope(MemorySource.With(text)).ParseFile("a.conf");
    }

    private static string Shown(string text, MemorySource? source = null)
    {
        return Shown(source ?? MemorySource.With(text));
    }

    private static string Shown(MemorySource source)
    {
        string shown = Shown(new ConfigScope(source).ParseFile("a.conf"));
        return shown[1..^1];
    }

    private static string Shown(ConfigValue value)
    {
        return value switch
        {
            ConfigMap map => "{" + string.Join(' ', map.Entries.Select(entry => $"{entry.Key}={Shown(entry.Value)}")) + "}",
            ConfigArray array => "[" + string.Join(' ', array.Items.Select(item => Shown(item.Value))) + "]",
            ConfigText text => $"'{text.Value}'",
            ConfigInteger integer => integer.Value.ToString(CultureInfo.InvariantCulture),
            ConfigFloat number => number.Value.ToString(CultureInfo.InvariantCulture),
            ConfigBoolean boolean => boolean.Value ? "true" : "false",
            ConfigTime time => time.Value.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException(value.KindName),
        };
    }
}
