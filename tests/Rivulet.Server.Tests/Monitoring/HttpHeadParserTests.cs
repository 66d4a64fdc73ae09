using System.Text;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Server.Tests.Monitoring;

/// <summary>The first lines of HTTP requests.</summary>
public class HttpHeadParserTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "GET", "/", "", 0)]
    [InlineData("GET /varz?x=1&y HTTP/1.1\r\nHost: a\r\n\r\nrest", "GET", "/varz", "x=1&y", 0)]
    [InlineData("POST /a%20b HTTP/1.0\nContent-Length:  12 \n\n", "POST", "/a b", "", 12)]
    [InlineData("GET /?a=b?c HTTP/1.1\r\nX: \r\n\r\n", "GET", "/", "a=b?c", 0)]
    public void A_whole_head_is_taken_apart(string text, string method, string path, string query, long contentLength)
    {
        byte[] input = Encoding.ASCII.GetBytes(text);
        Assert.Equal(HttpParseStatus.Complete, HttpHeadParser.Parse(input, out var head, out int consumed));
        Assert.Equal(new HttpHead(method, path, query, contentLength), head);
        Assert.True(consumed <= input.Length);
        int end = text.IndexOf("\n\r\n", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : text.Length;
        Assert.Equal(end, consumed);
        for (int cut = 0; cut < consumed; cut++)
            Assert.Equal(HttpParseStatus.Incomplete, HttpHeadParser.Parse(input.AsSpan(0, cut), out _, out _));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("GET\r\n")]
    [InlineData("GET /\r\n")]
    [InlineData("GET / HTTP/2\r\n")]
    [InlineData("GET varz HTTP/1.1\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\n")]
    [InlineData("G(T / HTTP/1.1\r\n")]
    [InlineData("GET / HTTP/1.1\r\nno colon\r\n")]
    [InlineData("GET / HTTP/1.1\r\nA: b\r\n folded\r\n")]
    [InlineData("GET / HTTP/1.1\r\nContent-Length: many\r\n")]
    [InlineData("CONNECT {\"verbose\":false}\r\n")]
    public void What_is_not_HTTP_is_malformed(string text)
    {
        Assert.Equal(HttpParseStatus.Malformed, HttpHeadParser.Parse(Encoding.ASCII.GetBytes(text), out var head, out _));
        Assert.Null(head);
    }

    [Fact]
    public void Parameters_are_decoded_and_the_first_counts()
    {
        var query = new HttpQuery("a=1&a=2&b=x%20y+z&c&d=true&=e&n=-5&big=99999999999");
        Assert.Equal(("1", "x y z", "", ""), (query.Text("a"), query.Text("b"), query.Text("c"), query.Text("nope")));
        Assert.True(query.Flag("d") && query.Flag("a") && !query.Flag("c") && !query.Flag("nope"));
        Assert.Equal((7, int.MaxValue, 1), (query.Number("n", 7), query.Number("big", 7), query.Number("a", 7)));
        Assert.Equal(
            "Error decoding int for 'b': strconv.Atoi: parsing \"x y z\": invalid syntax",
            Assert.Throws<HttpQueryException>(() => query.Number("b", 0)).Message);
        Assert.Equal(
            "Error decoding boolean for 'b': strconv.ParseBool: parsing \"x y z\": invalid syntax",
            Assert.Throws<HttpQueryException>(() => query.Flag("b")).Message);
    }
}
