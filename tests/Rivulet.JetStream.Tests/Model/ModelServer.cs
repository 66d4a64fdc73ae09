namespace Rivulet.JetStream.Tests.Model;

/// <summary>A stream of the model with its consumers, and time: what falls due happens in the order of its times.</summary>
internal sealed class ModelServer
{
    private readonly HashSet<string> _listening = [];

    public ModelServer(StreamRules rules, long now)
    {
        Now = now;
        Stream = new ModelStream(rules)
        {
            IsWanted = subject => Consumers.Exists(consumer => consumer.IsFor(subject)),
            WhenRemoved = sequence => Consumers.ForEach(consumer => consumer.WhenRemoved(sequence)),
        };
    }

    public long Now { get; private set; }

    public ModelStream Stream { get; }

    public List<ModelConsumer> Consumers { get; } = [];

    /// <summary>What was sent to each inbox and not taken yet, oldest first.</summary>
    public Dictionary<string, List<string>> Sent { get; } = [];

    public ModelConsumer Create(ConsumerRules rules)
    {
        var consumer = new ModelConsumer(rules, Stream, Now)
        {
            Send = Send,
            IsBound = rules.DeliverTo is not null && _listening.Contains(rules.DeliverTo),
        };
        Consumers.Add(consumer);
        Settle();
        return consumer;
    }

    public void Delete(ModelConsumer consumer)
    {
        consumer.Stop("409 Consumer Deleted");
        Consumers.Remove(consumer);
        Settle();
    }

    /// <summary>Someone subscribes to a deliver subject, or no more.</summary>
    public void Listen(string subject, bool isListening)
    {
        if (isListening)
            _listening.Add(subject);
        else
            _listening.Remove(subject);
        foreach (ModelConsumer consumer in Consumers.Where(each => each.Rules.DeliverTo == subject))
            consumer.IsBound = isListening;
        Settle();
    }

    public bool IsListening(string subject) => _listening.Contains(subject);

    public void Purge(string filter, ulong before, int keep, out int count)
    {
        count = Stream.Purge(filter, before, keep);
        foreach (ModelConsumer consumer in Consumers)
            consumer.WhenPurged(Stream.First);
        Settle();
    }

    /// <summary>Acknowledged messages leave a work queue.</summary>
    public void Ack(ModelConsumer consumer, ulong sequence, ulong consumerSequence, string word, long delay)
    {
        foreach (ulong done in consumer.Ack(Now, sequence, consumerSequence, word, delay))
        {
            if (Stream.Rules.Retention == "workqueue")
                Stream.Remove(done);
        }

        Settle();
    }

    /// <summary>Lets everything happen that is due until a time.</summary>
    public void AdvanceTo(long time)
    {
        while (true)
        {
            long next = Consumers.Select(consumer => consumer.NextEvent(Now)).Append(Stream.NextExpiry).Min();
            if (next > time)
                break;
            Now = Math.Max(Now, next);
            Stream.Expire(Stream.NextExpiry <= Now ? Now : 0);
            Settle();
        }

        Now = time;
    }

    /// <summary>Has consumers do what they can, and removes what none of them needs if it is kept for them only.</summary>
    public void Settle()
    {
        Consumers.ForEach(consumer => consumer.Settle(Now));
        if (Stream.Rules.Retention != "interest")
            return;
        foreach (ModelMessage message in Stream.Messages.Values.ToList())
        {
            if (!Consumers.Exists(consumer => consumer.IsFor(message.Subject) && consumer.Needs(message.Sequence)))
                Stream.Remove(message.Sequence);
        }
    }

    /// <summary>The server is restarted. Who was subscribed is not any more.</summary>
    public void Restart()
    {
        _listening.Clear();
        Stream.Restart();
        Consumers.ForEach(consumer => consumer.Restart(Now));
        Settle();
    }

    private void Send(string inbox, string text)
    {
        if (!Sent.TryGetValue(inbox, out List<string>? messages))
            Sent.Add(inbox, messages = []);
        messages.Add(text);
    }
}
