namespace Rivulet.JetStream.Tests.Model;

/// <summary>What a consumer of the model was asked to be. Times are nanoseconds.</summary>
internal sealed record ConsumerRules
{
    public required string Name { get; init; }

    public string Ack { get; init; } = "explicit";

    public string Filter { get; init; } = ">";

    public string Deliver { get; init; } = "all";

    public ulong StartSequence { get; init; }

    public long StartTime { get; init; }

    public long AckWait { get; init; }

    public long[] Backoff { get; init; } = [];

    public int MaxDeliver { get; init; }

    public int MaxAckPending { get; init; } = 1000;

    /// <summary>Subject of a push consumer; null for one that is asked.</summary>
    public string? DeliverTo { get; init; }

    /// <summary>Silence after which a push consumer says that it is there; 0 for never.</summary>
    public long Heartbeat { get; init; }

    /// <summary>How to choose between pull requests: <c>none</c>, <c>overflow</c>, <c>prioritized</c>.</summary>
    public string Priority { get; init; } = "none";
}

/// <summary>A pull request that waits.</summary>
internal sealed class ModelPull(string inbox, int left)
{
    public string Inbox { get; } = inbox;

    public int Left { get; set; } = left;

    public bool NoWait { get; init; }

    /// <summary><see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAt { get; init; } = long.MaxValue;

    /// <summary>Silence after which it wants a heartbeat; 0 for never.</summary>
    public long Heartbeat { get; init; }

    public long HeartbeatAt { get; set; } = long.MaxValue;

    /// <summary>Lower ones are served first, if the consumer looks at it.</summary>
    public int Priority { get; init; }

    /// <summary>Wants messages only if there are so many, or so many wait for their acks; 0 and 0 to want them always.</summary>
    public (int Pending, int AckPending) From { get; init; }

    public int Delivered { get; set; }
}

/// <summary>A delivery that waits for its ack.</summary>
internal sealed class ModelPending(ulong consumerSequence, long deadline)
{
    /// <summary>Of the first delivery.</summary>
    public ulong ConsumerSequence { get; } = consumerSequence;

    public int Deliveries { get; set; } = 1;

    public long Deadline { get; set; } = deadline;

    public bool IsQueued { get; set; }
}

/// <summary>
/// What a consumer has to do: which message goes where, in which order, and what is told of it. Everything that can be
/// delivered is delivered by <see cref="Settle"/>, which is called whenever something has happened.
/// </summary>
internal sealed class ModelConsumer
{
    private readonly ModelStream _stream;
    private readonly List<ulong> _listed;
    private readonly List<ulong> _queue = [];
    private readonly Dictionary<ulong, int> _givenUp = [];
    private ulong _next;
    private long _lastSent;

    public ModelConsumer(ConsumerRules rules, ModelStream stream, long now)
    {
        (Rules, _stream, _lastSent) = (rules, stream, now);
        (_listed, _next) = Start();
        Delivered = Floor = SettledFloor = (0, (_listed.Count > 0 ? _listed[0] : _next) - 1);
    }

    public ConsumerRules Rules { get; set; }

    public (ulong Consumer, ulong Stream) Delivered { get; private set; }

    public (ulong Consumer, ulong Stream) Floor { get; private set; }

    /// <summary>The floor as it would be if what was given up were acknowledged. A restart forgets it.</summary>
    public (ulong Consumer, ulong Stream) SettledFloor { get; private set; }

    public SortedList<ulong, ModelPending> Pending { get; } = [];

    public List<ModelPull> Pulls { get; } = [];

    public bool IsBound { get; set; }

    public long PausedUntil { get; set; }

    /// <summary>What is sent, and to whom.</summary>
    public Action<string, string> Send { get; set; } = (_, _) => { };

    public int Redelivered => Rules.MaxDeliver == 1 ? 0 : Pending.Values.Count(each => each.Deliveries > 1) + _givenUp.Count;

    public int Ahead => _listed.Count(_stream.Messages.ContainsKey)
        + _stream.Messages.Values.Count(each => each.Sequence >= _next && IsFor(each.Subject));

    /// <summary>When something happens by itself; <see cref="long.MaxValue"/> for never.</summary>
    public long NextEvent(long now)
    {
        long next = Rules.Heartbeat > 0 ? _lastSent + Rules.Heartbeat : long.MaxValue;
        foreach (ModelPull pull in Pulls)
            next = Math.Min(next, Math.Min(pull.ExpiresAt, pull.HeartbeatAt));
        foreach (ModelPending each in Pending.Values.Where(each => !each.IsQueued))
            next = Math.Min(next, each.Deadline);
        return PausedUntil > now ? Math.Min(next, PausedUntil) : next;
    }

    public bool IsFor(string subject) => ModelSubject.Matches(subject, Rules.Filter);

    /// <summary>Whether the stream has to keep a message, whose subject matches, for this consumer.</summary>
    public bool Needs(ulong sequence) => sequence > Delivered.Stream
        ? _listed.Count == 0 || sequence >= _next || _listed.Contains(sequence)
        : Pending.ContainsKey(sequence) || _givenUp.ContainsKey(sequence);

    /// <summary>Takes a pull request.</summary>
    public void Pull(long now, ModelPull pull)
    {
        int there = Ahead + _queue.Count;
        if (pull.NoWait && there == 0 && pull.ExpiresAt == long.MaxValue)
            Send(pull.Inbox, "404 No Messages");
        else if (pull.NoWait && there > 0 && there < Pulls.Sum(each => each.Left))
            Send(pull.Inbox, "408 Requests Pending");
        else
            Enqueue(pull);
        Settle(now);
    }

    /// <summary>Does everything that can be done now.</summary>
    public void Settle(long now)
    {
        foreach ((ulong sequence, ModelPending each) in Pending.OrderBy(each => each.Value.Deadline).ThenBy(each => each.Key).ToList())
        {
            if (!each.IsQueued && each.Deadline <= now)
                Queue(sequence);
        }

        bool isStalled = false;
        while (now >= PausedUntil && (Rules.DeliverTo is null ? Pulls.Count > 0 : IsBound))
        {
            if (_queue.Count > 0)
            {
                if (IsExhausted(Pending[_queue[0]]))
                    GiveUp(_queue[0]);
                else if (HasTaker(now, Ahead + 1))
                    DeliverAgain(now, _queue[0]);
                else
                    break;
                continue;
            }

            isStalled = Pending.Count >= Rules.MaxAckPending && Rules.MaxAckPending > 0;
            if (isStalled || !TryFindNext(out ulong sequence) || !HasTaker(now, Ahead))
                break;
            DeliverFirst(now, sequence);
        }

        // When the time of one that waits is over, those who take what is there are looked at as well, whatever holds them up.
        bool isSwept = Pulls.Exists(pull => pull.ExpiresAt <= now || pull.HeartbeatAt <= now);
        foreach (ModelPull pull in Pulls.Where(pull => pull.ExpiresAt <= now).ToList())
            End(pull, "408 Request Timeout");
        foreach (ModelPull pull in Pulls.Where(pull => pull.NoWait && (isSwept || !isStalled)).ToList())
        {
            if (pull.ExpiresAt == long.MaxValue || pull.Delivered > 0)
                End(pull, "404 No Messages");
        }

        SendHeartbeats(now);
    }

    private void SendHeartbeats(long now)
    {
        foreach (ModelPull pull in Pulls.Where(pull => pull.HeartbeatAt <= now))
        {
            Send(pull.Inbox, "100 Idle Heartbeat");
            pull.HeartbeatAt = now + pull.Heartbeat;
        }

        if (Rules.Heartbeat == 0 || now < _lastSent + Rules.Heartbeat)
            return;
        _lastSent = now;
        if (IsBound)
            Send(Rules.DeliverTo!, "100 Idle Heartbeat");
    }

    /// <summary>Takes what a client says about a delivery.</summary>
    /// <returns>The messages that are done with.</returns>
    public List<ulong> Ack(long now, ulong sequence, ulong consumerSequence, string word, long delay)
    {
        var done = new List<ulong>();
        ModelPending? pending = Pending.GetValueOrDefault(sequence);
        if (word is "+ACK" or "+TERM" && sequence <= Delivered.Stream)
        {
            if (Rules.Ack == "all")
                AckAll(consumerSequence, sequence, done);
            else if (Settled(sequence))
                done.Add(sequence);
        }
        else if (word == "-NAK" && pending is not null && consumerSequence > Floor.Consumer && consumerSequence <= Delivered.Consumer + 1)
        {
            if (IsExhausted(pending))
                GiveUp(sequence);
            else if (delay > 0)
                PutOff(sequence, now + delay);
            else
                Queue(sequence);
        }
        else if (word == "+WPI" && pending is not null)
        {
            PutOff(sequence, now + WaitOf(pending.Deliveries));
        }

        return done;
    }

    /// <summary>A message has left the stream: nobody waits for its ack any more.</summary>
    public void WhenRemoved(ulong sequence) => Settled(sequence);

    /// <summary>The stream was purged: what lies before its first message counts as delivered.</summary>
    public void WhenPurged(ulong first)
    {
        if (first > Delivered.Stream + 1)
            SettledFloor = Floor = Delivered = Delivered with { Stream = first - 1 };
        _next = Math.Max(_next, first);
    }

    /// <summary>Starts over at a sequence.</summary>
    public void Reset(ulong sequence)
    {
        Pending.Clear();
        _queue.Clear();
        _givenUp.Clear();
        _listed.Clear();
        _next = sequence;
        Delivered = Floor = SettledFloor = (0, sequence - 1);
    }

    /// <summary>Everything that waited is told why it waits no more.</summary>
    public void Stop(string status)
    {
        foreach (ModelPull pull in Pulls.ToList())
            End(pull, status);
    }

    /// <summary>The server was restarted: who waited is gone, what waits for acks has its old deadlines.</summary>
    public void Restart(long now)
    {
        _lastSent = now;
        Pulls.Clear();
        _queue.Clear();
        _listed.Clear();
        IsBound = false;
        SettledFloor = Floor;
        _next = Math.Max(Delivered.Stream + 1, Math.Max(1, _stream.First));
        foreach (ModelPending each in Pending.Values)
            each.IsQueued = false;
    }

    private (List<ulong> Listed, ulong Next) Start()
    {
        List<ModelMessage> matching = _stream.Matching(Rules.Filter);
        if (Rules.Deliver == "last_per_subject" && _stream.Rules.MaxPerSubject != 1)
        {
            List<ulong> listed = [.. matching.GroupBy(each => each.Subject).Select(each => each.Max(m => m.Sequence)).Order()];
            return (listed, listed.Count > 0 ? _stream.Last + 1 : Math.Max(1, Math.Max(_stream.Last, _stream.First)));
        }

        ulong end = _stream.Last + 1;
        ulong next = Rules.Deliver switch
        {
            "last" when Rules.Filter == ">" => _stream.Last,
            "last" => matching.Count == 0 ? 0 : matching[^1].Sequence,
            "new" => end,
            "by_start_sequence" => Rules.StartSequence,
            "by_start_time" => _stream.Messages.Values.FirstOrDefault(each => each.At >= Rules.StartTime)?.Sequence ?? end,
            _ => _stream.First,
        };
        return ([], Math.Max(next, Math.Max(1, _stream.First)));
    }

    private bool TryFindNext(out ulong sequence)
    {
        _listed.RemoveAll(each => !_stream.Messages.ContainsKey(each));
        ModelMessage? found = _stream.Messages.Values.FirstOrDefault(each => each.Sequence >= _next && IsFor(each.Subject));
        sequence = _listed.Count > 0 ? _listed[0] : found?.Sequence ?? 0;
        return sequence != 0;
    }

    /// <summary>
    /// Whether there is someone for a message, who is the first then. Those whose time is over are told so when it would be their
    /// turn, and those who want to be asked only when there is more go behind the others.
    /// </summary>
    private bool HasTaker(long now, int ahead)
    {
        for (int looks = Pulls.Count; looks > 0; looks--)
        {
            ModelPull pull = Pulls[0];
            if (pull.ExpiresAt <= now)
                End(pull, "408 Request Timeout");
            else if (Rules.Priority == "overflow" && !IsWanted(pull, ahead))
                Requeue(pull);
            else
                return true;
        }

        return Rules.DeliverTo is not null;
    }

    private bool IsWanted(ModelPull pull, int ahead) => pull.From is (0, 0)
        || (pull.From.Pending > 0 && pull.From.Pending <= ahead)
        || (pull.From.AckPending > 0 && pull.From.AckPending <= Pending.Count);

    private void Enqueue(ModelPull pull)
    {
        int behind = Rules.Priority == "prioritized" ? Pulls.FindLastIndex(each => each.Priority <= pull.Priority) : Pulls.Count - 1;
        Pulls.Insert(behind + 1, pull);
    }

    private void Requeue(ModelPull pull)
    {
        Pulls.Remove(pull);
        Enqueue(pull);
    }

    private void DeliverFirst(long now, ulong sequence)
    {
        if (!_listed.Remove(sequence))
            _next = sequence + 1;
        Delivered = (Delivered.Consumer + 1, sequence);
        if (Rules.Ack == "none")
            Floor = SettledFloor = Delivered;
        else
            Pending.Add(sequence, new ModelPending(Delivered.Consumer, now + WaitOf(1)));
        Hand(now, sequence, 1);
    }

    private void DeliverAgain(long now, ulong sequence)
    {
        ModelPending pending = Pending[sequence];
        Delivered = Delivered with { Consumer = Delivered.Consumer + 1 };
        pending.Deliveries++;
        PutOff(sequence, now + WaitOf(pending.Deliveries));
        Hand(now, sequence, pending.Deliveries);
    }

    /// <summary>Those who asked take turns.</summary>
    private void Hand(long now, ulong sequence, int deliveries)
    {
        _lastSent = now;
        ModelMessage message = _stream.Messages[sequence];
        string text = $"{message.Subject} {deliveries}.{sequence}.{Delivered.Consumer}.{message.At}.{Ahead} {message.Payload}";
        if (Rules.DeliverTo is not null)
        {
            Send(Rules.DeliverTo, text);
            return;
        }

        ModelPull pull = Pulls[0];
        Send(pull.Inbox, text);
        pull.Delivered++;
        if (pull.Heartbeat > 0)
            pull.HeartbeatAt = now + pull.Heartbeat;
        if (--pull.Left > 0)
            Requeue(pull);
        else
            Pulls.Remove(pull);
    }

    private long WaitOf(int deliveries) =>
        Rules.Backoff.Length > 0 ? Rules.Backoff[Math.Min(deliveries, Rules.Backoff.Length) - 1] : Rules.AckWait;

    private bool IsExhausted(ModelPending pending) => Rules.MaxDeliver > 0 && pending.Deliveries >= Rules.MaxDeliver;

    private void Queue(ulong sequence)
    {
        if (IsExhausted(Pending[sequence]))
        {
            GiveUp(sequence);
        }
        else if (!Pending[sequence].IsQueued)
        {
            Pending[sequence].IsQueued = true;
            _queue.Add(sequence);
        }
    }

    private void PutOff(ulong sequence, long deadline)
    {
        Pending[sequence].Deadline = deadline;
        Pending[sequence].IsQueued = false;
        _queue.Remove(sequence);
    }

    private void GiveUp(ulong sequence)
    {
        _givenUp[sequence] = Pending[sequence].Deliveries;
        Pending.Remove(sequence, out ModelPending? givenUp);
        _queue.Remove(sequence);
        SettledFloor = Follow(SettledFloor, givenUp!);
    }

    private bool Settled(ulong sequence)
    {
        bool wasGivenUp = _givenUp.Remove(sequence);
        if (!Pending.Remove(sequence, out ModelPending? settled))
            return wasGivenUp;
        _queue.Remove(sequence);

        (Floor, SettledFloor) = (Follow(Floor, settled), Follow(SettledFloor, settled));
        return true;
    }

    /// <summary>A floor goes up to the lowest that waits, once the one right above it is done with.</summary>
    private (ulong Consumer, ulong Stream) Follow((ulong Consumer, ulong Stream) floor, ModelPending gone)
    {
        if (Pending.Count == 0)
            return Delivered;
        return gone.ConsumerSequence == floor.Consumer + 1 ? (Pending.Values[0].ConsumerSequence - 1, Pending.Keys[0] - 1) : floor;
    }

    private void AckAll(ulong consumerSequence, ulong sequence, List<ulong> done)
    {
        if (consumerSequence <= Floor.Consumer || sequence <= Floor.Stream)
            return;
        done.AddRange(Pending.Keys.Concat(_givenUp.Keys).Where(each => each <= sequence));
        foreach (ulong each in done)
        {
            Pending.Remove(each);
            _givenUp.Remove(each);
            _queue.Remove(each);
        }

        Floor = SettledFloor = (consumerSequence, sequence);
    }

    private void End(ModelPull pull, string status)
    {
        Pulls.Remove(pull);
        Send(pull.Inbox, status);
    }
}
