using System.Text;
using BenchmarkDotNet.Attributes;
using Rivulet.Protocol;

namespace Rivulet.Benchmarks.Layers;

/// <summary>Grammar: what a message costs before it is routed and when it is written.</summary>
[MemoryDiagnoser]
public class ProtocolBenchmarks
{
    private const int Publishes = 256;

    private static readonly byte[] Subject = "$KV.profiles.sue.color"u8.ToArray();
    private static readonly byte[] Reply = "_INBOX.5gR2kLmN9pQr.7"u8.ToArray();
    private static readonly byte[] Filter = "$KV.profiles.*.color"u8.ToArray();
    private static readonly byte[] Headers = "NATS/1.0\r\nNats-Msg-Id: 1234567890\r\nNats-Expected-Last-Subject-Sequence: 41\r\n\r\n"u8.ToArray();
    private static readonly byte[] Payload = new byte[128];

    private readonly byte[] _publishes = Repeat($"PUB {Text(Subject)} {Text(Reply)} 128\r\n{new string('x', 128)}\r\n");
    private readonly byte[] _publishesWithHeaders = Repeat(
        $"HPUB {Text(Subject)} {Text(Reply)} {Headers.Length} {Headers.Length + 128}\r\n{Text(Headers)}{new string('x', 128)}\r\n");

    private readonly byte[] _frame = new byte[1024];
    private readonly ParserLimits _limits = ParserLimits.Default;
    private Counter _counter;

    [Benchmark(OperationsPerInvoke = Publishes)]
    public int ParsePub() => Parse(_publishes);

    [Benchmark(OperationsPerInvoke = Publishes)]
    public int ParseHpub() => Parse(_publishesWithHeaders);

    [Benchmark]
    public int FindHeader() =>
        new HeaderBlock(Headers).TryGet("Nats-Expected-Last-Subject-Sequence"u8, out var value) ? value.Length : 0;

    [Benchmark]
    public bool ValidateSubject() => Protocol.Subject.IsValidLiteral(Subject);

    [Benchmark]
    public bool MatchSubject() => Protocol.Subject.Matches(Subject, Filter);

    [Benchmark]
    public int WriteMsg() => ServerOperationWriter.WriteMessage(_frame, Subject, "17"u8, Reply, default, Payload);

    [Benchmark]
    public int WriteHmsg() => ServerOperationWriter.WriteMessage(_frame, Subject, "17"u8, Reply, Headers, Payload);

    private int Parse(byte[] buffer)
    {
        ClientOperationParser.Parse(buffer, in _limits, ref _counter, out int consumed, out _);
        if (consumed != buffer.Length)
            throw new InvalidOperationException("the buffer was not read to its end");
        return _counter.Publishes;
    }

    private static byte[] Repeat(string operation) => Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(operation, Publishes)));

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private struct Counter : IClientOperationHandler
    {
        public int Publishes;

        public bool OnPublish(in PublishOperation operation)
        {
            Publishes++;
            return true;
        }

        public readonly bool OnConnect(ReadOnlySpan<byte> json) => false;

        public readonly bool OnSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, ReadOnlySpan<byte> sid) => false;

        public readonly bool OnUnsubscribe(ReadOnlySpan<byte> sid, int maxMessages) => false;

        public readonly bool OnPing() => false;

        public readonly bool OnPong() => false;
    }
}
