namespace Rivulet.Crash.Tests.Killed;

/// <summary>The ledger notices each kind of wrong; without that, a loop that finds nothing would say nothing.</summary>
public class RevisionLedgerTests
{
    private readonly RevisionLedger _ledger = new("b", history: 2);

    [Fact]
    public void What_was_acknowledged_and_is_there_is_right()
    {
        KeyWrite first = Acknowledge(1, "k"), second = Acknowledge(2, "k");
        Assert.Empty(_ledger.Check([new(1, first), new(2, second)]));
        KeyWrite third = Acknowledge(3, "k");
        Assert.Empty(_ledger.Check([new(2, second), new(3, third)]));
        Assert.Equal(3, _ledger.AcknowledgedCount);
    }

    [Fact]
    public void An_unanswered_write_may_be_there_or_not()
    {
        KeyWrite stored = Send("k"), lost = Send("k");
        Assert.NotEqual(stored, lost);
        Assert.Empty(_ledger.Check([new(1, stored)]));
        Assert.Equal(1, _ledger.UnansweredButStoredCount);
    }

    [Fact]
    public void A_missing_acknowledged_write_is_lost()
    {
        Acknowledge(1, "k");
        Assert.Contains("lost", Assert.Single(_ledger.Check([])), StringComparison.Ordinal);
        Assert.Equal(1, _ledger.LostCount);
    }

    [Fact]
    public void A_missing_revision_that_history_should_have_kept_is_lost()
    {
        Acknowledge(1, "k");
        KeyWrite second = Acknowledge(2, "k");
        Assert.Single(_ledger.Check([new(2, second)]));
    }

    [Fact]
    public void A_write_seen_after_one_crash_must_be_there_after_the_next()
    {
        KeyWrite write = Send("k");
        Assert.Empty(_ledger.Check([new(1, write)]));
        Assert.Single(_ledger.Check([]));
    }

    [Fact]
    public void Other_content_under_an_acknowledged_sequence_is_wrong()
    {
        Acknowledge(1, "k");
        KeyWrite other = Send("k");
        Assert.Single(_ledger.Check([new(1, other)]));
    }

    [Fact]
    public void A_sequence_given_out_twice_is_wrong()
    {
        KeyWrite write = Acknowledge(1, "k");
        Assert.Empty(_ledger.Check([new(1, write)]));
        Acknowledge(1, "j");
        Assert.NotEmpty(_ledger.Check([new(1, write)]));
    }

    [Fact]
    public void A_refused_write_must_not_be_there()
    {
        KeyWrite write = Send("k");
        _ledger.Refused(write);
        Assert.Single(_ledger.Check([new(1, write)]));
    }

    [Fact]
    public void What_a_purge_removed_must_not_be_there()
    {
        KeyWrite write = Acknowledge(1, "k"), purge = Acknowledge(2, "k", WriteKind.Purge);
        Assert.Single(_ledger.Check([new(1, write), new(2, purge)]));
        Assert.Empty(new RevisionLedger("b", 2).Check([]));
    }

    [Fact]
    public void What_was_displaced_must_not_come_back()
    {
        KeyWrite first = Acknowledge(1, "k"), second = Acknowledge(2, "k"), third = Acknowledge(3, "k");
        Assert.Empty(_ledger.Check([new(2, second), new(3, third)]));
        Assert.NotEmpty(_ledger.Check([new(1, first), new(2, second), new(3, third)]));
    }

    [Fact]
    public void An_update_with_a_revision_between_it_and_what_it_replaced_is_wrong()
    {
        Acknowledge(1, "k");
        KeyWrite second = Acknowledge(2, "k");
        KeyWrite update = Send("k");
        _ledger.Acknowledged(update, 3, expected: 1);
        Assert.Single(_ledger.Check([new(2, second), new(3, update)]));
    }

    private int _count;

    private KeyWrite Send(string key, WriteKind kind = WriteKind.Put)
    {
        string id = $"id-{_count++}";
        var write = new KeyWrite(key, kind, id, kind == WriteKind.Put ? $"value of {id}" : "");
        _ledger.Sent(write);
        return write;
    }

    private KeyWrite Acknowledge(ulong sequence, string key, WriteKind kind = WriteKind.Put)
    {
        KeyWrite write = Send(key, kind);
        _ledger.Acknowledged(write, sequence, expected: null);
        return write;
    }
}
