namespace Rivulet.JetStream.Tests.Model;

/// <summary>
/// Mistakes of a server, made where requests pass on their way to it: to whoever looks from outside, a server that is asked
/// for something slightly else is one that does it slightly wrong.
/// </summary>
internal enum SeededBug
{
    None,

    /// <summary>One message more than the limit stays.</summary>
    LimitOffByOne,

    /// <summary>A subject keeps one message too few.</summary>
    SubjectLimitOffByOne,

    /// <summary>Ids are forgotten a second early.</summary>
    EarlyForgetting,

    /// <summary>Messages live a second too long.</summary>
    LateExpiry,

    /// <summary>A message is delivered once more than it may be.</summary>
    ExtraDelivery,

    /// <summary>One more than allowed waits for its ack.</summary>
    PendingOffByOne,

    /// <summary>The first wait of a backoff is taken for all deliveries.</summary>
    ForgottenBackoff,

    /// <summary>Some acks are not taken.</summary>
    LostAck,
}

/// <summary>Makes the mistakes.</summary>
internal static class SeededBugs
{
    public static StreamRules Spoil(SeededBug bug, StreamRules rules) => bug switch
    {
        SeededBug.LimitOffByOne when rules.MaxMessages > 0 => rules with { MaxMessages = rules.MaxMessages + 1 },
        SeededBug.SubjectLimitOffByOne when rules.MaxPerSubject > 1 => rules with { MaxPerSubject = rules.MaxPerSubject - 1 },
        SeededBug.EarlyForgetting when rules.Window > RunRules.Second => rules with { Window = rules.Window - RunRules.Second },
        SeededBug.LateExpiry when rules.MaxAge > 0 => rules with { MaxAge = rules.MaxAge + RunRules.Second },
        _ => rules,
    };

    public static ConsumerRules Spoil(SeededBug bug, ConsumerRules rules) => bug switch
    {
        SeededBug.ExtraDelivery when rules.MaxDeliver > 0 => rules with { MaxDeliver = rules.MaxDeliver + 1 },
        SeededBug.PendingOffByOne when rules.MaxAckPending < 1000 => rules with { MaxAckPending = rules.MaxAckPending + 1 },
        SeededBug.ForgottenBackoff when rules.Backoff.Length > 1 => rules with { Backoff = [rules.Backoff[0]] },
        _ => rules,
    };
}
