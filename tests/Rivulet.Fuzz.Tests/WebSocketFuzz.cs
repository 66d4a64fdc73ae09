using System.Net;
using System.Text;
using Rivulet.Server;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.WebSockets;

namespace Rivulet.Fuzz.Tests;

/// <summary>
/// Frames and requests of WebSocket clients, spoiled: the decoder finds in pieces of any size what a slow one finds in the whole, and
/// whatever a request says is accepted or refused.
/// </summary>
public class WebSocketFuzz
{
    private static readonly byte[][] Frames =
    [
        [0x82, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6f, 0x68, 0x6e], [0x82, 0x80, 9, 9, 9, 9], [0x02, 0x81, 1, 1, 1, 1, 7, 0x80, 0x81, 2, 2, 2, 2, 8],
        [0x89, 0x82, 5, 6, 7, 8, 1, 2, 0x8a, 0x80, 0, 0, 0, 0], [0x88, 0x82, 1, 2, 3, 4, 2, 0xea], [0xc2, 0x83, 1, 2, 3, 4, 5, 6, 7],
        [0x42, 0x81, 1, 2, 3, 4, 5, 0x80, 0x81, 1, 2, 3, 4, 6], [0x82, 0xfe, 0, 3, 1, 2, 3, 4, 5, 6, 7],
        [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6],
    ];

    private static readonly byte[][] FrameParts =
        [[0x82], [0x02], [0x80], [0x00], [0x88], [0x89], [0x8a], [0xc2], [0x83], [0xf2], [0x84, 1, 2, 3, 4], [0xfe, 0, 2], [0xff, 0x80], [0x7d], [0x05]];

    private static readonly byte[][] Requests = Bytes(
        "GET / HTTP/1.1\r\nHost: localhost:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: https://a.b:443\r\nCookie: u=x; p=\"y\"; t\r\nX-Forwarded-For: ::1\r\nSec-WebSocket-Extensions: permessage-deflate; a=b\r\n\r\n",
        "GET /leafnode HTTP/1.1\r\nHost: a\r\n\r\n");

    private static readonly byte[][] RequestParts = Bytes(
        "\r\n", ":", ";", ",", "=", "\"", "\r\nHost: [::1]:5\r\n", "\r\nOrigin: http://\r\n", "\r\nOrigin: x\r\n", "\r\nOrigin: /\r\n", "://", "@", "]", "13", "\r\nCookie: ;;=;u=\r\n",
        "\r\nX-Forwarded-For: 1.2.3.4\r\n", "\xff");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Frames_are_found_however_they_arrive(FuzzLength length)
    {
        var mutator = new Mutator(Frames, FrameParts);
        FuzzLoop.Run(length, "WebSocket frames", mutator.Next, (input, random) =>
        {
            bool isMasked = random.Next(4) > 0;
            bool mayBeCompressed = random.Next(2) > 0;
            string expected = SlowFrames.Read(input, isMasked, mayBeCompressed);
            Assert.Equal(expected, Decode(input, isMasked, mayBeCompressed, () => int.MaxValue));
            Assert.Equal(expected, Decode(input, isMasked, mayBeCompressed, () => 1));
            Assert.Equal(expected, Decode(input, isMasked, mayBeCompressed, () => random.Next(1, 9)));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_request_is_accepted_or_refused(FuzzLength length)
    {
        var mutator = new Mutator(Requests, RequestParts);
        var options = new WebSocketServerOptions { UserCookie = "u", PasswordCookie = "p", TokenCookie = "t", JwtCookie = "", Compression = true };
        OriginRules[] rules = [new(false, []), new(true, []), new(false, ["https://a.b"]), new(true, ["http://localhost:8080"])];
        FuzzLoop.Run(length, "WebSocket requests", mutator.Next, (input, random) =>
        {
            var headers = new HttpHeaders();
            if (HttpHeadParser.Parse(input, out var head, out _, headers) != HttpParseStatus.Complete)
                return;
            var request = new UpgradeRequest(head!, headers, options);
            var refusal = request.Check(random.Next(2) > 0, rules[random.Next(rules.Length)]);
            if (refusal is not null)
            {
                Assert.InRange((int)refusal.Status, (int)HttpStatusCode.BadRequest, (int)HttpStatusCode.MethodNotAllowed);
                Assert.NotEmpty(refusal.Answer(DateTimeOffset.UnixEpoch));
                return;
            }

            var terms = request.Terms(random.Next());
            Assert.Equal(1, Encoding.ASCII.GetString(request.Answer(terms)).Split("\r\n\r\n").Length - 1);
            _ = request.Cookies();
            _ = request.ForwardedFor();
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void What_is_compressed_comes_out_again(FuzzLength length)
    {
        byte[][] texts = Bytes("PUB a 5\r\nhello\r\n", "MSG a 1 5\r\nhello\r\nMSG a 1 5\r\nhello\r\n", new string('x', 600), "");
        var mutator = new Mutator(texts, Bytes("hello", "MSG a 1 ", "\0\0\0\0", "\xff\xfe\xfd\xfc", new string('y', 300)));
        var encoder = new DeflateEncoder();
        using var decompressor = new MessageDecompressor();
        byte[] room = new byte[100];
        FuzzLoop.Run(length, "WebSocket compression", mutator.Next, (input, random) =>
        {
            byte[] message = [.. Enumerable.Repeat(input, random.Next(1, 4)).SelectMany(bytes => bytes)];
            byte[] compressed = encoder.Compress(message).ToArray();
            Assert.InRange(compressed.Length, 0, message.Length + 6 + (message.Length / 1000));
            Assert.Equal(message, Inflate(compressed));
            decompressor.Gather(compressed);
            decompressor.Begin();
            var read = new List<byte>();
            while (decompressor.Read(room.AsSpan(0, random.Next(1, room.Length))) is > 0 and var count)
                read.AddRange(room.AsSpan(0, count));
            Assert.Equal(message, read);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void What_is_no_compressed_message_is_refused_or_read_to_an_end(FuzzLength length)
    {
        var encoder = new DeflateEncoder();
        byte[][] messages = [.. Bytes("PUB a 5\r\nhello\r\n", new string('x', 600)).Select(text => encoder.Compress(text).ToArray()), [0x03, 0x00], [0x01, 0, 0, 0xff, 0xff]];
        var mutator = new Mutator(messages, [[0, 0, 0xff, 0xff], [0xff], [0x01], [0x05]]);
        byte[] room = new byte[1000];
        FuzzLoop.Run(length, "WebSocket decompression", mutator.Next, (input, random) =>
        {
            using var decompressor = new MessageDecompressor();
            for (int i = 0; i < 2; i++)
            {
                decompressor.Gather(input);
                decompressor.Begin();
                try
                {
                    int total = 0;
                    while (decompressor.Read(room) is > 0 and var count)
                        total += count;
                    Assert.False(decompressor.IsReading);
                    Assert.InRange(total, 0, 1100 * (input.Length + 5));
                }
                catch (InvalidDataException)
                {
                    return;
                }
            }
        });
    }

    private static byte[] Inflate(byte[] compressed)
    {
        using var whole = new MemoryStream([.. compressed, 0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff]);
        using var inflater = new System.IO.Compression.DeflateStream(whole, System.IO.Compression.CompressionMode.Decompress);
        using var plain = new MemoryStream();
        inflater.CopyTo(plain);
        return plain.ToArray();
    }

    private static string Decode(byte[] input, bool isMasked, bool mayBeCompressed, Func<int> step)
    {
        var decoder = new FrameDecoder(isMasked, mayBeCompressed);
        var text = new StringBuilder();
        byte[] bytes = [.. input];
        int end = 0;
        for (int at = 0; at < bytes.Length;)
        {
            if (at == end)
                end = (int)Math.Min(bytes.Length, (long)end + step());
            var piece = decoder.Next(bytes.AsSpan(at, end - at), out int consumed);
            switch (piece.Kind)
            {
                case FramePieceKind.Data:
                    text.Append(Convert.ToHexString(bytes, at + piece.Start, piece.Length));
                    if (piece.IsMessageEnd)
                        text.Append(piece.IsCompressed ? "(compressed)|" : "|");
                    break;
                case FramePieceKind.Violation:
                    return text.Append('!').Append(decoder.Violation!.Message).ToString();
                case FramePieceKind.NeedsMore:
                    break;
                default:
                    text.Append('[').Append(piece.Kind).Append(' ').Append(Convert.ToHexString(decoder.ControlPayload)).Append(']');
                    break;
            }

            Assert.True(consumed > 0 || piece.Kind == FramePieceKind.Violation, "nothing was consumed");
            at += consumed;
        }

        return text.ToString();
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];
}
