using Rivulet.Benchmarks.Storage;

namespace Rivulet.Benchmarks.Layers;

/// <summary>The benchmarks as plain loops with one line of result each, to see where a change leads.</summary>
internal static class QuickRun
{
    private const int Count = 1_000_000;
    private const int WarmUp = 200_000;
    private const int PublishesPerParse = 256;

    public static void Run()
    {
        var protocol = new ProtocolBenchmarks();
        Console.WriteLine("-- Protocol");
        Report("parse PUB", () => protocol.ParsePub(), PublishesPerParse);
        Report("parse HPUB", () => protocol.ParseHpub(), PublishesPerParse);
        Report("find a header", () => protocol.FindHeader());
        Report("validate a subject", () => protocol.ValidateSubject());
        Report("match a subject", () => protocol.MatchSubject());
        Report("write MSG", () => protocol.WriteMsg());
        Report("write HMSG", () => protocol.WriteHmsg());
        foreach (int subscribers in (int[])[1, 16])
        {
            Console.WriteLine($"-- Server, {subscribers} subscribers");
            using var server = new ServerBenchmarks { Subscribers = subscribers };
            server.SetUp();
            Report("route, known subject", () => server.RouteKnownSubject());
            Report("route, new subject", () => server.RouteNewSubject());
        }

        Console.WriteLine("-- JetStream, in memory");
        using var jetStream = new JetStreamBenchmarks();
        jetStream.SetUp();
        Report("put", () => jetStream.Put());
        Report("direct get", () => jetStream.DirectGet());
    }

    private static void Report(string what, Action operation, int operationsPerCall = 1)
    {
        Repeat(operation, WarmUp / operationsPerCall);
        var measurement = Measurement.Of(Count / operationsPerCall * operationsPerCall, () => Repeat(operation, Count / operationsPerCall));
        Console.WriteLine($"   {what,-20} {measurement}");
    }

    private static void Repeat(Action operation, int count)
    {
        for (int i = 0; i < count; i++)
            operation();
    }
}
