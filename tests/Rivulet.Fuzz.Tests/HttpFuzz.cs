using System.Text;
using Rivulet.Server.Monitoring.Http;

namespace Rivulet.Fuzz.Tests;

/// <summary>Heads of HTTP requests, spoiled: whole or byte by byte the parser finds the same, and takes no longer to say no.</summary>
public class HttpFuzz
{
    private static readonly byte[][] Corpus = Bytes(
        "GET / HTTP/1.1\r\n\r\n", "GET /varz?x=1&y=%20 HTTP/1.1\r\nHost: a\r\n\r\n", "POST /a HTTP/1.0\nContent-Length: 5\n\nhello",
        "HEAD /connz?subs=detail&limit=5 HTTP/1.1\r\nAccept: */*\r\nUser-Agent: x\r\n\r\n");

    private static readonly byte[][] Fragments = Bytes(
        "\r\n", "\n", "\r\n\r\n", " ", ":", "?", "&", "=", "%", "%4", "%41", "%ff", "+", "HTTP/1.1", "GET ", "/", "\0", "Content-Length: -1\r\n");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_request_head_is_found_where_it_ends_however_it_arrives(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "HTTP request heads", mutator.Next, (input, _) =>
        {
            var status = HttpHeadParser.Parse(input, out var head, out int consumed);
            for (int cut = 0; cut < input.Length; cut++)
            {
                var partial = HttpHeadParser.Parse(input.AsSpan(0, cut), out var early, out int earlyConsumed);
                if (partial == HttpParseStatus.Incomplete)
                    continue;
                Assert.Equal((status, head, consumed), (partial, early, earlyConsumed));
                break;
            }

            if (status == HttpParseStatus.Complete)
                Examine(head!);
        });
    }

    private static void Examine(HttpHead head)
    {
        Assert.StartsWith("/", head.Path, StringComparison.Ordinal);
        Assert.True(head.ContentLength >= 0);
        var query = new HttpQuery(head.Query);
        foreach (string name in head.Query.Split('&', '='))
        {
            try
            {
                _ = query.Flag(name);
                Assert.InRange(query.Number(name, 3), 1, int.MaxValue);
                _ = query.Id(name);
            }
            catch (HttpQueryException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.ASCII.GetBytes)];
}
