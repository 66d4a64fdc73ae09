using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.WebSockets;

namespace Rivulet.Server.Tests.WebSockets;

/// <summary>Requests for a WebSocket: which are accepted, and what is agreed on.</summary>
public class UpgradeTests
{
    private const string Usual =
        "GET / HTTP/1.1\r\nHost: localhost:8080\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

    [Fact]
    public void The_answer_proves_that_the_request_was_read()
    {
        var request = Request(Usual);
        Assert.Null(request.Check(isSecure: false, Any));
        Assert.Equal(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            Encoding.ASCII.GetString(request.Answer(request.Terms(1000))));
    }

    [Theory]
    [InlineData(405, "request method must be GET", "GET", "POST")]
    [InlineData(400, "'Host' missing in request", "Host: localhost:8080\r\n", "")]
    [InlineData(400, "invalid value for header 'Upgrade'", "Upgrade: websocket", "Upgrade: h2c")]
    [InlineData(400, "invalid value for header 'Connection'", "keep-alive, Upgrade", "keep-alive")]
    [InlineData(400, "key missing", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")]
    [InlineData(400, "invalid websocket key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==")]
    [InlineData(400, "invalid websocket key", "dGhlIHNhbXBsZSBub25jZQ==", "?")]
    [InlineData(400, "invalid version", "Version: 13", "Version: 8")]
    [InlineData(404, "mqtt websocket endpoint not enabled", "GET / ", "GET /mqtt ")]
    public void What_is_wrong_is_told_with_its_status(int status, string reason, string part, string instead)
    {
        var refusal = Request(Usual.Replace(part, instead, StringComparison.Ordinal)).Check(isSecure: false, Any)!;
        Assert.Equal((status, reason), ((int)refusal.Status, refusal.Reason));
        string answer = Encoding.ASCII.GetString(refusal.Answer(DateTimeOffset.UnixEpoch));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-Websocket-Version: 13\r\n", answer, StringComparison.Ordinal);
        string text = answer.Split("\r\n")[0][13..];
        Assert.EndsWith($"\r\n\r\n{text}\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "", true, null)]
    [InlineData("http://localhost:8080", "", true, null)]
    [InlineData("http://LOCALHOST:8080", "", true, null)]
    [InlineData("https://localhost:8080", "", true, "not same origin")]
    [InlineData("http://localhost", "", true, "not same origin")]
    [InlineData("http://elsewhere:8080", "", true, "not same origin")]
    [InlineData("https://example.com", "https://example.com", false, null)]
    [InlineData("https://example.com:443", "https://example.com", false, null)]
    [InlineData("http://example.com", "https://example.com", false, "not in the allowed list")]
    [InlineData("https://example.com:444", "https://example.com", false, "not in the allowed list")]
    [InlineData("https://example.com.evil.org", "https://example.com", false, "not in the allowed list")]
    [InlineData("null", "https://example.com", false, "parse \"null\": invalid URI for request")]
    [InlineData("http://evil.org/a@example.com", "https://example.com", false, "not in the allowed list")]
    [InlineData("http://evil.org/@localhost:8080", "", true, "not same origin")]
    [InlineData("http://localhost:8080@evil.org", "", true, "not same origin")]
    [InlineData("http://evil.org", "", false, null)]
    public void Pages_connect_from_where_they_may(string? origin, string allowed, bool sameOrigin, string? complaint)
    {
        var rules = new OriginRules(sameOrigin, allowed.Length > 0 ? [allowed] : []);
        string text = origin is null ? Usual : $"{Usual}Origin: {origin}\r\n";
        Assert.Equal(complaint is null ? null : $"origin not allowed: {complaint}", Request(text).Check(isSecure: false, rules)?.Reason);
    }

    [Theory]
    [InlineData(true, "permessage-deflate", true)]
    [InlineData(true, "x-webkit, permessage-deflate; client_max_window_bits", true)]
    [InlineData(true, "x-deflate", false)]
    [InlineData(false, "permessage-deflate", false)]
    public void Messages_are_compressed_if_both_sides_want_it(bool configured, string offered, bool agreed)
    {
        var request = Request($"{Usual}Sec-WebSocket-Extensions: {offered}\r\n", new WebSocketServerOptions { Compression = configured });
        var terms = request.Terms(1000);
        Assert.Equal(agreed, terms.Compress);
        Assert.Equal(
            agreed,
            Encoding.ASCII.GetString(request.Answer(terms)).Contains(
                "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_client_may_ask_to_go_without_masks()
    {
        var request = Request(Usual + "Nats-No-Masking: true\r\n");
        Assert.True(request.Terms(1000).NoMasking);
        Assert.Contains("\r\nNats-No-Masking: true\r\n", Encoding.ASCII.GetString(request.Answer(request.Terms(1000))), StringComparison.Ordinal);
        Assert.False(Request(Usual + "Nats-No-Masking: 1\r\n").Terms(1000).NoMasking);
    }

    [Fact]
    public void Configured_headers_are_in_the_answer()
    {
        var options = new WebSocketServerOptions { Headers = new Dictionary<string, string> { ["X-Header"] = "some value" } };
        var request = Request(Usual, options);
        Assert.Contains("\r\nX-Header: some value\r\n", Encoding.ASCII.GetString(request.Answer(request.Terms(1000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_are_taken_from_the_cookies_that_are_named()
    {
        var options = new WebSocketServerOptions { JwtCookie = "j", UserCookie = "u", PasswordCookie = "p", TokenCookie = "t" };
        Assert.Equal(
            new CookieCredentials("x.y.z", "sue", "a=b", null),
            Request(Usual + "Cookie: other=1; j=x.y.z; u=\"sue\"\r\nCookie: p=a=b\r\n", options).Cookies());
        Assert.Null(Request(Usual + "Cookie: other=1\r\n", options).Cookies());
        Assert.Null(Request(Usual + "Cookie: j=1\r\n").Cookies());
        Assert.DoesNotContain("sue", new CookieCredentials(null, "sue", "secret", null).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Cookies_count_where_connect_says_nothing()
    {
        var cookies = new CookieCredentials("jwt", "cookie user", "cookie password", null);
        var filled = cookies.FillIn(new ConnectOptions { User = "sue", Password = "", Name = "n" });
        Assert.Equal(
            ("jwt", "sue", "cookie password", null, "n"), (filled.Jwt, filled.User, filled.Password, filled.AuthToken, filled.Name));
    }

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("1.2.3.4, 5.6.7.8", null)]
    [InlineData("1", null)]
    [InlineData("host", null)]
    public void The_address_of_the_client_is_believed_if_it_is_one(string value, string? address)
    {
        Assert.Equal(address, Request($"{Usual}X-Forwarded-For: {value}\r\n").ForwardedFor()?.ToString());
    }

    [Theory]
    [InlineData("Mozilla/5.0 (X11) Chrome/1 Safari/1", true, false)]
    [InlineData("Mozilla/5.0 (Mac) Version/1 Safari/1", true, true)]
    [InlineData("curl/8", false, false)]
    public void Browsers_are_known_by_their_name(string agent, bool isBrowser, bool isSafari)
    {
        var terms = Request($"{Usual}User-Agent: {agent}\r\n").Terms(1000);
        Assert.Equal((isBrowser, isSafari), (terms.IsBrowser, terms.IsSafari));
    }

    [Theory]
    [InlineData("example.com", "unable to parse allowed origin: parse \"example.com\": invalid URI for request")]
    [InlineData("ftp://example.com", "unable to parse allowed origin \"ftp://example.com\": allowed origins must be absolute URLs with http or https scheme")]
    [InlineData("http://", "unable to parse allowed origin \"http://\": host is required")]
    [InlineData("https://ann:s3cret@example.com", "unable to parse allowed origin \"[REDACTED]@example.com\": there are no users in origins")]
    [InlineData("https://example.com", null)]
    public void An_origin_in_the_settings_must_be_one(string origin, string? complaint)
    {
        Assert.Equal(complaint, OriginRules.Complaint(origin));
    }

    private static OriginRules Any => new(sameOrigin: false, []);

    private static UpgradeRequest Request(string lines, WebSocketServerOptions? options = null)
    {
        var headers = new HttpHeaders();
        Assert.Equal(HttpParseStatus.Complete, HttpHeadParser.Parse(Encoding.ASCII.GetBytes(lines + "\r\n"), out var head, out _, headers));
        return new UpgradeRequest(head!, headers, options ?? new WebSocketServerOptions());
    }
}
