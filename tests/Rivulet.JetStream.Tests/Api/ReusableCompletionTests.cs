using System.Threading.Tasks.Sources;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Tests.Api;

/// <summary>A completion that is used again and again, and never needs the thread pool.</summary>
public sealed class ReusableCompletionTests
{
    [Fact]
    public void What_waits_runs_where_it_is_completed()
    {
        var source = new Source();
        source.Begin();
        int ran = 0;
        source.OnCompleted(_ => ran = Environment.CurrentManagedThreadId, null);
        Assert.Equal(ValueTaskSourceStatus.Pending, source.Status);
        Assert.Throws<InvalidOperationException>(() => source.Result);
        int completing = 0;
        var thread = new Thread(() =>
        {
            completing = Environment.CurrentManagedThreadId;
            source.Complete(7);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(completing, ran);
        Assert.Equal(ValueTaskSourceStatus.Succeeded, source.Status);
        Assert.Equal(7, source.Result);
    }

    [Fact]
    public void What_waits_too_late_runs_at_once()
    {
        var source = new Source();
        source.Begin();
        source.Complete(1);
        int ran = 0;
        source.OnCompleted(state => ran = (int)state! + Environment.CurrentManagedThreadId, 1000);
        Assert.Equal(1000 + Environment.CurrentManagedThreadId, ran);
    }

    [Fact]
    public void Misuse_is_told()
    {
        var source = new Source();
        source.Begin();
        short first = source.Token;
        source.OnCompleted(_ => { }, null);
        Assert.Throws<InvalidOperationException>(() => source.OnCompleted(_ => { }, null));
        source.Complete(1);
        source.Begin();
        Assert.Throws<InvalidOperationException>(() => source.ResultOf(first));
    }

    [Fact]
    public async Task Two_threads_never_miss_each_other()
    {
        const int Rounds = 200_000;
        var source = new Source();
        int begun = 0;
        int ran = 0;
        Task completing = Task.Factory.StartNew(
            () =>
            {
                for (int i = 1; i <= Rounds; i++)
                {
                    while (Volatile.Read(ref begun) != i)
                        Thread.SpinWait(1);
                    source.Complete(i);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (int i = 1; i <= Rounds; i++)
        {
            source.Begin();
            Volatile.Write(ref begun, i);
            source.OnCompleted(_ => Volatile.Write(ref ran, source.Result), null);
            var patience = new SpinWait();
            while (Volatile.Read(ref ran) != i)
                patience.SpinOnce();
        }
        await completing;
    }

    /// <summary>Awaiting code that finds it completed begins the next use at once: nobody may be at the one before any more.</summary>
    [Fact]
    public void Whoever_sees_it_completed_may_use_it_again()
    {
        const int Rounds = 300_000;
        var source = new Source();
        int begun = 0;
        bool isBroken = false;
        var completing = new Thread(() =>
        {
            for (int i = 1; i <= Rounds && !Volatile.Read(ref isBroken); i++)
            {
                while (Volatile.Read(ref begun) < i)
                    Thread.SpinWait(1);
                source.Complete(i);
            }
        });
        completing.Start();
        for (int i = 1; i <= Rounds; i++)
        {
            source.Begin();
            Volatile.Write(ref begun, i);
            while (source.Status == ValueTaskSourceStatus.Pending)
                Thread.SpinWait(1);
            if (source.Result != i)
                Volatile.Write(ref isBroken, true);
            Assert.Equal(i, source.Result);
        }
        completing.Join();
    }

    private sealed class Source
    {
        private ReusableCompletion<int> _completion;

        public short Token => _completion.Version;

        public ValueTaskSourceStatus Status => _completion.GetStatus(Token);

        public int Result => _completion.GetResult(Token);

        public void Begin() => _completion.Reset();

        public void Complete(int result) => _completion.SetResult(result);

        public int ResultOf(short token) => _completion.GetResult(token);

        public void OnCompleted(Action<object?> continuation, object? state) => _completion.OnCompleted(continuation, state, Token);
    }
}
