using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth;

/// <summary>
/// Keeps a window of operations in flight, spread evenly over connections: each answer makes room for the next operation
/// of its connection. All that a read of the socket made room for is sent in one piece. Runs where the connections run,
/// under their lock; the thread that asked for it only waits.
/// </summary>
internal sealed class Load : IMessageHandler, IDisposable
{
    // No answer for so long means that one got lost.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    private readonly Connection[] _connections;
    private readonly Operation _operation;
    private readonly Watchers? _watchers;
    private readonly Slots[] _slots;
    private readonly Lock _gate;
    private readonly LatencyHistogram _latency = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Phases? _phases;
    private Exception? _failure;
    private uint _random = 2463534242;
    private bool _hasNoEnd;
    private int _next;
    private int _indexEnd;
    private bool _stopped;
    private long _issued;
    private long _answered;

    private Load(Client client, int connections, int window, Operation operation, Watchers? watchers, Phases? phases)
    {
        _connections = client.Take(connections);
        _gate = client.Gate;
        _operation = operation;
        _watchers = watchers;
        _phases = phases;
        int share = Math.Max(window / connections, 1);
        _slots = [.. _connections.Select(_ => new Slots(share))];
    }

    /// <summary>Performs the operation once for each index from <paramref name="from"/> on, and says how long it took.</summary>
    public static Measurement Perform(Client client, ServerProcess server, int window, Operation operation, int from, int count)
    {
        using var load = new Load(client, 1, window, operation, watchers: null, phases: null) { _next = from, _indexEnd = from + count };
        TimeSpan cpu = server.Cpu;
        long start = Stopwatch.GetTimestamp();
        load.Run();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new Measurement(count, elapsed, server.Cpu - cpu, load._latency.Micros(0.5), load._latency.Micros(0.99));
    }

    /// <summary>
    /// Performs the operation for indexes below <paramref name="indexEnd"/>, random or with watchers in turn, for as long as
    /// the phases say.
    /// </summary>
    public static Measurement Measure(
        Client client, int connections, int window, Operation operation, int indexEnd, Phases phases, Watchers? watchers = null)
    {
        using var load = new Load(client, connections, window, operation, watchers, phases) { _hasNoEnd = true, _indexEnd = indexEnd };
        load.Run();
        return new Measurement(
            phases.Count, phases.Elapsed, phases.Cpu, load._latency.Micros(0.5), load._latency.Micros(0.99));
    }

    public void OnMessage(Connection connection, in ServerMessage message)
    {
        if (message.Sid == Connection.DeliverySid)
        {
            (_watchers ?? throw new InvalidDataException("A delivery that nobody asked for.")).OnDelivery(connection, message);
            return;
        }

        int slot = SlotOf(connection, message.Subject);
        ref Slots slots = ref _slots[connection.Id];
        _operation.Check(slots.Index[slot], message);
        _latency.AddTicks(Stopwatch.GetTimestamp() - slots.Started[slot]);
        slots.Free[slots.FreeCount++] = slot;
        _answered++;
    }

    public void OnRead(Connection connection)
    {
        switch (_phases?.Pass(_answered))
        {
            case PhaseStep.MeasuringStarts:
                _latency.Clear();
                _watchers?.Latency.Clear();
                break;
            case PhaseStep.Ended:
                _stopped = true;
                break;
            default:
                break;
        }

        if (connection.Id < _connections.Length)
            Issue(connection);
        else
            IssueWaiting();
        if (HasEnded())
            _ended.Set();
    }

    public void OnFailed(Exception exception)
    {
        _failure ??= exception;
        _stopped = true;
        _ended.Set();
    }

    public void Dispose() => _ended.Dispose();

    private void Run()
    {
        Connection[] all = _watchers is null ? _connections : [.. _connections, .. _watchers.Connections];
        lock (_gate)
        {
            _phases?.Begin();
            foreach (Connection connection in all)
            {
                connection.Handler = this;
                if (connection.Failure is not null)
                    OnFailed(connection.Failure);
            }

            foreach (Connection connection in _connections)
                Issue(connection);
        }

        Wait();
        lock (_gate)
        {
            foreach (Connection connection in all)
                connection.Handler = null;
        }

        if (_failure is not null)
            throw new InvalidOperationException($"{_operation.GetType().Name}: {_failure.Message}", _failure);
        _watchers?.CheckAll(_issued);
    }

    private void Wait()
    {
        for (long before = -1; !_ended.Wait(SilenceMax);)
        {
            long now = Interlocked.Read(ref _answered) + (_watchers?.Delivered ?? 0);
            if (now == before)
                throw new TimeoutException($"{_operation.GetType().Name}: {_issued - _answered} answers are missing{_watchers?.Missing(_issued)}.");
            before = now;
        }
    }

    private bool HasEnded() =>
        (_stopped || (!_hasNoEnd && _next == _indexEnd)) && _answered == _issued
        && (_watchers is null || _watchers.Delivered == _issued * _watchers.Connections.Length);

    // Deliveries may have opened the way for operations that the answers alone did not.
    private void IssueWaiting()
    {
        foreach (Connection connection in _connections)
            Issue(connection);
    }

    private void Issue(Connection connection)
    {
        ref Slots slots = ref _slots[connection.Id];
        Span<byte> reply = stackalloc byte[32];
        while (slots.FreeCount > 0 && MayIssue())
        {
            int slot = slots.Free[--slots.FreeCount];
            slots.Index[slot] = NextIndex();
            slots.Started[slot] = Stopwatch.GetTimestamp();
            _operation.Write(connection.Output, slots.Index[slot], reply[..ReplyOf(connection, slot, reply)]);
            _issued++;
        }

        connection.Flush();
    }

    // Watchers keep up: an operation in flight is also one that not all have seen.
    private bool MayIssue() =>
        !_stopped && (_hasNoEnd || _next < _indexEnd)
        && (_watchers is null || _issued - (_watchers.Delivered / _watchers.Connections.Length) < _slots[0].Free.Length);

    private int NextIndex()
    {
        if (!_hasNoEnd)
            return _next++;
        // A value that was put anew before a watcher got to it is not delivered: watched keys are put in turn.
        if (_watchers is not null)
            return _next = (_next + 1) % _indexEnd;
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return (int)(_random % (uint)_indexEnd);
    }

    private static int ReplyOf(Connection connection, int slot, Span<byte> reply)
    {
        connection.ReplyPrefix.CopyTo(reply);
        Utf8Formatter.TryFormat(slot, reply[connection.ReplyPrefix.Length..], out int written);
        return connection.ReplyPrefix.Length + written;
    }

    private int SlotOf(Connection connection, ReadOnlySpan<byte> subject)
    {
        if (subject.StartsWith(connection.ReplyPrefix)
            && Utf8Parser.TryParse(subject[connection.ReplyPrefix.Length..], out int slot, out _)
            && slot < _slots[connection.Id].Free.Length)
        {
            return slot;
        }

        throw new InvalidDataException($"An answer to nothing: {Encoding.UTF8.GetString(subject)}");
    }

    /// <summary>The window of one connection. A slot is free, or waits for the answer with its number in the subject.</summary>
    private struct Slots
    {
        public Slots(int count)
        {
            Free = [.. Enumerable.Range(0, count)];
            FreeCount = count;
            Index = new int[count];
            Started = new long[count];
        }

        public int[] Free { get; }

        public int FreeCount { get; set; }

        public int[] Index { get; }

        public long[] Started { get; }
    }
}
