using System.Text;

namespace Rivulet.Storage.Tests.Suites;

/// <summary>What compression must not change: every kind of store behaves as without it.</summary>
public abstract class CompressionSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    private static readonly StreamLimits Compressed = new() { Compress = true };

    [Fact]
    public async Task Messages_read_as_they_were_published()
    {
        StreamLog stream = Harness.CreateStream(limits: Compressed);
        string[] expected =
        [
            "1:a=" + Values.Json(600), "2:b=", "3:c=short", "4:d=" + Values.Noise(900),
            $"5:e[{Values.Json(300, 2)}]={Values.Json(5_000, 3)}", $"6:f[{Values.Json(400, 4)}]=",
        ];
        stream.Put("a", Values.Json(600));
        stream.Put("b");
        stream.Put("c", "short");
        stream.Put("d", Values.Noise(900));
        stream.Put("e", Values.Json(5_000, 3), Values.Json(300, 2));
        stream.Put("f", "", Values.Json(400, 4));
        Commit();
        Assert.Equal(expected, stream.Everything());
        Assert.Equal("e[" + Values.Json(300, 2) + "]=" + Values.Json(5_000, 3), stream.GetLast("e"));
        if (!Harness.IsLasting)
            return;
        await Harness.ReopenAsync();
        Assert.Equal(expected, Harness.FindStream().Everything());
        Assert.True(Harness.FindStream().Limits.Compress);
    }

    [Fact]
    public async Task Sizes_are_accounted_as_published()
    {
        StreamLog plain = Harness.CreateStream("P");
        StreamLog packed = Harness.CreateStream("C", Compressed);
        foreach (StreamLog stream in new[] { plain, packed })
        {
            stream.Put("a", Values.Json(2_000), "H");
            stream.Put("b", Values.Json(2_000));
            stream.Remove(2, erase: false);
        }
        Assert.Equal(plain.Tail.Bytes, packed.Tail.Bytes);
        Commit();
        Assert.Equal(plain.State.Bytes, packed.State.Bytes);
        if (!Harness.IsLasting)
            return;
        await Harness.ReopenAsync();
        Assert.Equal(Harness.FindStream("P").State.Bytes, Harness.FindStream("C").State.Bytes);
        Harness.FindStream("C").PurgeOf();
        Commit();
        Assert.Equal(0UL, Harness.FindStream("C").State.Bytes);
    }

    [Fact]
    public void Observers_see_what_was_published()
    {
        StreamLog stream = Harness.CreateStream(limits: Compressed);
        var ear = new ContentEar();
        stream.Observer = ear;
        stream.Put("a", Values.Json(700), "H");
        stream.Put("b", "short");
        stream.AppendBatch([Batches.Message("c", Values.Json(800, 2)), Batches.Message("d", Values.Json(900, 3), "H2")]);
        Commit();
        Assert.Equal(
            [
                $"a[H]={Values.Json(700)}", "b[]=short", $"c[]={Values.Json(800, 2)}", $"d[H2]={Values.Json(900, 3)}",
            ],
            ear.Heard);
    }

    [Fact]
    public async Task Compression_may_be_switched_at_any_time()
    {
        StreamLog stream = Harness.CreateStream();
        for (int i = 0; i < 6; i++)
        {
            stream.Configure("c"u8, new StreamLimits { Compress = i % 2 == 1 });
            stream.Put("k" + i, Values.Json(500, i));
            stream.AppendBatch([Batches.Message("b" + i, Values.Json(400, i)), Batches.Message("c" + i, "x")]);
            Commit();
        }
        List<string> found = stream.Everything();
        Assert.Equal(18, found.Count);
        Assert.Equal($"10:k3={Values.Json(500, 3)}", found[9]);
        if (!Harness.IsLasting)
            return;
        await Harness.ReopenAsync();
        Assert.Equal(found, Harness.FindStream().Everything());
    }

    private sealed class ContentEar : IStreamObserver
    {
        private readonly List<string> _heard = [];

        public List<string> Heard
        {
            get
            {
                lock (_heard)
                    return [.. _heard];
            }
        }

        public void OnCommitted(in StreamCommit commit)
        {
            lock (_heard)
            {
                // All of them stay valid during the call.
                for (int i = 0; i < commit.Count; i++)
                {
                    CommittedMessage first = commit[0];
                    CommittedMessage message = commit[i];
                    Assert.Equal(first.Payload, commit[0].Payload);
                    _heard.Add(
                        $"{Encoding.UTF8.GetString(message.Subject)}[{Encoding.UTF8.GetString(message.Headers)}]=" +
                        Encoding.UTF8.GetString(message.Payload));
                }
            }
        }

        public void OnFailed(Exception cause) => throw cause;
    }
}
