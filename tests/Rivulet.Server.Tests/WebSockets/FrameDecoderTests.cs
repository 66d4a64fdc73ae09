using System.Text;
using Rivulet.Server.WebSockets;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Server.Tests.WebSockets;

/// <summary>Frames taken apart: however they arrive, and the rules that are broken.</summary>
public class FrameDecoderTests
{
    private static readonly byte[] Mask = [0x37, 0xfa, 0x21, 0x3d];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void A_message_of_any_length_is_unmasked(int length)
    {
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);
        Assert.Equal([("Data", Hex(payload), true)], Decode(FrameBytes.Make(0x82, payload, Mask)));
    }

    [Fact]
    public void A_message_in_pieces_with_a_ping_between_them_is_whole()
    {
        byte[] input =
        [
            .. FrameBytes.Make(0x01, "PUB a"u8, Mask), .. FrameBytes.Make(0x89, "are you there"u8, Mask),
            .. FrameBytes.Make(0x00, " 2\r\n"u8, Mask), .. FrameBytes.Make(0x80, "hi\r\n"u8, Mask),
        ];
        var whole = Decode(input);
        Assert.Equal(
            [
                ("Data", Hex("PUB a"u8), false), ("Ping", Hex("are you there"u8), false), ("Data", Hex(" 2\r\n"u8), false),
                ("Data", Hex("hi\r\n"u8), true),
            ],
            whole);
        Assert.Equal(Joined(whole), Joined(Decode(input, stepBytes: 1)));
        Assert.Equal(Joined(whole), Joined(Decode(input, stepBytes: 7)));
    }

    [Fact]
    public void An_empty_frame_may_end_a_message()
    {
        byte[] input = [.. FrameBytes.Make(0x02, "x"u8, Mask), .. FrameBytes.Make(0x80, [], Mask), .. FrameBytes.Make(0x82, "y"u8, Mask)];
        Assert.Equal([("Data", "78", false), ("Data", "", true), ("Data", "79", true)], Decode(input));
    }

    [Fact]
    public void Frames_without_a_mask_are_taken_where_that_was_agreed_on()
    {
        Assert.Equal([("Data", "78", true)], Decode(FrameBytes.Make(0x82, "x"u8, null), isMasked: false));
    }

    public static TheoryData<string, byte[]> Broken => new()
    {
        { "mask bit missing", FrameBytes.Make(0x82, "x"u8, null) },
        { "RSV2 and RSV3 must be clear", FrameBytes.Make(0xa2, "x"u8, Mask) },
        { "RSV2 and RSV3 must be clear", FrameBytes.Make(0x92, "x"u8, Mask) },
        { "compressed frame received without negotiated permessage-deflate", FrameBytes.Make(0xc2, "x"u8, Mask) },
        { "unknown opcode 3", FrameBytes.Make(0x83, "x"u8, Mask) },
        { "unknown opcode 11", FrameBytes.Make(0x8b, "x"u8, Mask) },
        { "invalid continuation frame", FrameBytes.Make(0x80, "x"u8, Mask) },
        {
            "new message started before final frame for previous message was received",
            [.. FrameBytes.Make(0x02, "x"u8, Mask), .. FrameBytes.Make(0x82, "x"u8, Mask)]
        },
        { "control frame does not have final bit set", FrameBytes.Make(0x09, "x"u8, Mask) },
        { "control frame length bigger than maximum allowed of 125 bytes", FrameBytes.Make(0x89, new byte[126], Mask) },
        { "invalid 64-bit payload length", [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4] },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_named_and_is_the_end(string rule, byte[] input)
    {
        foreach (int step in new[] { input.Length, 1 })
        {
            var decoder = new FrameDecoder(isMasked: true, mayBeCompressed: false);
            var found = Run(decoder, input, step);
            Assert.Equal("Violation", found[^1].Kind);
            Assert.Equal(rule, decoder.Violation!.Message);
        }
    }

    [Theory]
    [InlineData("control frame must not be compressed", 0xc9)]
    [InlineData("invalid continuation frame", 0xc0)]
    public void Only_the_first_frame_of_a_message_says_that_it_is_compressed(string rule, byte first)
    {
        var decoder = new FrameDecoder(isMasked: true, mayBeCompressed: true);
        Run(decoder, [.. FrameBytes.Make(0x42, "x"u8, Mask), .. FrameBytes.Make(first, "x"u8, Mask)], 100);
        Assert.Equal(rule, decoder.Violation!.Message);
    }

    [Fact]
    public void A_frame_of_many_gigabytes_takes_no_memory()
    {
        var decoder = new FrameDecoder(isMasked: true, mayBeCompressed: false);
        byte[] head = [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4];
        byte[] block = new byte[4096];
        Run(decoder, head, head.Length);
        int found = 0;
        long allocated = ThreadAllocation.InSteadyState(0, 1000, _ => found += decoder.Next(block, out int _).Kind == FramePieceKind.Data ? 1 : 0);
        Assert.Equal((1000, 0L), (found, allocated));
    }

    private static List<(string Kind, string Payload, bool IsEnd)> Decode(byte[] input, int stepBytes = int.MaxValue, bool isMasked = true)
    {
        return Run(new FrameDecoder(isMasked, mayBeCompressed: false), input, stepBytes);
    }

    private static List<(string Kind, string Payload, bool IsEnd)> Run(FrameDecoder decoder, byte[] input, int stepBytes)
    {
        var found = new List<(string, string, bool)>();
        for (int start = 0; start < input.Length; start += Math.Min(stepBytes, input.Length))
        {
            byte[] step = input[start..Math.Min(input.Length, start + Math.Min(stepBytes, input.Length))];
            for (int at = 0; at < step.Length;)
            {
                var piece = decoder.Next(step.AsSpan(at), out int consumed);
                if (piece.Kind == FramePieceKind.Data)
                    found.Add(("Data", Hex(step.AsSpan(at + piece.Start, piece.Length)), piece.IsMessageEnd));
                else if (piece.Kind != FramePieceKind.NeedsMore)
                    found.Add((piece.Kind.ToString(), Hex(decoder.ControlPayload), false));
                if (piece.Kind == FramePieceKind.Violation)
                    return found;
                at += consumed;
            }
        }

        return found;
    }

    // What arrives in pieces is the same once the pieces are put together.
    private static string Joined(List<(string Kind, string Payload, bool IsEnd)> found)
    {
        var text = new StringBuilder();
        foreach (var (kind, payload, isEnd) in found)
            text.Append(kind == "Data" ? payload : $"[{kind} {payload}]").Append(isEnd ? "|" : "");
        return text.ToString();
    }

    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        return Convert.ToHexStringLower(bytes);
    }
}
