namespace Rivulet.JetStream.Tests.Origins;

/// <summary>Restarts and power cuts while streams copy from each other: nothing is lost and nothing comes twice.</summary>
public sealed class OriginRecoveryTests
{
    private readonly OriginRig _rig = new();

    [Fact]
    public async Task A_mirror_catches_up_after_a_restart()
    {
        _rig.Create("O", "\"subjects\":[\"o\"]");
        _rig.Create("M", "\"mirror\":{\"name\":\"O\"}");
        _rig.Publish("o", 1, 3);
        await _rig.RestartAsync();
        _rig.Publish("o", 4, 2);

        Assert.Equal(["1 o 1", "2 o 2", "3 o 3", "4 o 4", "5 o 5"], _rig.Messages("M"));
    }

    [Fact]
    public async Task A_source_knows_where_it_was_although_its_messages_are_gone()
    {
        _rig.Create("O", "\"subjects\":[\"o\"]");
        _rig.Create("S", "\"sources\":[{\"name\":\"O\"}]");
        _rig.Publish("o", 1, 3);
        _rig.Harness.ApiOk("STREAM.PURGE.S");
        await _rig.RestartAsync();

        Assert.Equal(3, _rig.Source("S").GetProperty("seq").GetInt32());
        _rig.Publish("o", 4, 1);
        Assert.Equal(["4 o 4"], _rig.Messages("S"));
    }

    [Fact]
    public async Task A_source_that_was_made_anew_while_the_server_was_down_is_noticed()
    {
        _rig.Create("O", "\"subjects\":[\"o\"],\"storage\":\"memory\"");
        _rig.Create("S", "\"sources\":[{\"name\":\"O\"}]");
        _rig.Publish("o", 1, 3);
        await _rig.RestartAsync();
        Assert.True(_rig.Source("S").TryGetProperty("error", out _));
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));

        _rig.Create("O", "\"subjects\":[\"o\"],\"storage\":\"memory\"");
        _rig.Publish("o", 4, 1);

        Assert.Equal(["1 o 1", "2 o 2", "3 o 3", "4 o 4"], _rig.Messages("S"));
    }

    [Fact]
    public async Task A_source_begins_after_a_restart_where_it_began()
    {
        _rig.Create("O", "\"subjects\":[\"o\"]");
        _rig.Publish("o", 1, 2);
        _rig.Create("S", "\"subjects\":[\"s\"],\"sources\":[{\"name\":\"O\",\"opt_start_time\":\"2100-01-01T00:00:00Z\"}]");
        _rig.Harness.Advance(TimeSpan.FromSeconds(1));
        _rig.Publish("s", 1, 1);
        await _rig.RestartAsync();
        _rig.Publish("o", 3, 1);

        Assert.Equal(["1 s 1", "2 o 3"], _rig.Messages("S"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_power_cut_while_catching_up_loses_nothing_and_repeats_nothing(int seed)
    {
        const int Count = 700;
        _rig.Create("A", "\"subjects\":[\"a\"]");
        _rig.Create("B", "\"subjects\":[\"b\"]");
        _rig.Create("M", "\"mirror\":{\"name\":\"A\"}");
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"},{\"name\":\"B\"}]");
        for (int i = 0; i < Count; i++)
        {
            _rig.Harness.PublishWithoutWork("a");
            _rig.Harness.PublishWithoutWork("b");
        }

        var random = new Random(seed);
        for (int cuts = 0; cuts < 4; cuts++)
        {
            _rig.Store.IsHeld = true;
            for (int work = random.Next(8, 24); work > 0; work--)
                _rig.Harness.RunOne();
            _rig.CutPowerDuringCommit(random.Next());
        }

        _rig.Harness.Run();
        ulong[] expected = [.. Enumerable.Range(1, Count).Select(i => (ulong)i)];
        Assert.Equal(expected.Select(i => $"{i} a "), _rig.Messages("M"));
        List<(string Subject, ulong Sequence)> copied = _rig.Origins("S");
        foreach (string subject in new[] { "a", "b" })
            Assert.Equal(expected, copied.Where(message => message.Subject == subject).Select(message => message.Sequence));
    }

    [Fact]
    public void Work_that_was_copied_but_not_taken_off_is_taken_off_after_a_power_cut_and_not_copied_again()
    {
        _rig.Create("W", "\"subjects\":[\"w\"],\"retention\":\"workqueue\"");
        _rig.Create("S", "\"sources\":[{\"name\":\"W\"}]");
        _rig.Publish("w", 1, 2);
        _rig.Store.IsHeld = true;
        _rig.Harness.Publish("w", "3");
        _rig.Store.Commit();
        _rig.Harness.RunOne();
        _rig.Store.Commit();
        _rig.CutPower();

        Assert.Equal(["1 w 1", "2 w 2", "3 w 3"], _rig.Messages("S"));
        Assert.Equal(0UL, _rig.State("W").Messages);
    }

    [Fact]
    public void Thousands_arrive_with_deletions_and_purges_under_way()
    {
        _rig.Create("O", "\"subjects\":[\"o.*\"],\"max_msgs_per_subject\":40");
        _rig.Create("M", "\"mirror\":{\"name\":\"O\"}");
        _rig.Create("S", "\"sources\":[{\"name\":\"O\",\"subject_transforms\":[{\"src\":\"o.*\",\"dest\":\"s.$1\"}]}],\"max_msgs\":500");
        var random = new Random(7);
        ulong gone = 0;
        for (int i = 1; i <= 4000; i++)
        {
            _rig.Harness.PublishWithoutWork("o." + random.Next(30));
            if (random.Next(40) == 0)
                gone += Delete((ulong)random.Next(Math.Max(1, i - 60), i + 1));
            if (random.Next(700) == 0)
                _rig.Harness.Api("STREAM.PURGE.O", """{"filter":"o.3"}""");
            if (random.Next(500) == 0)
                _rig.Harness.Api("STREAM.PURGE.S");
            if (random.Next(8) == 0)
                _rig.Harness.RunOne();
            if (random.Next(1500) == 0)
                _rig.CutPower();
        }

        _rig.Harness.Run();
        Assert.True(gone > 20);
        HashSet<string> mirrored = [.. _rig.Messages("M")];
        Assert.All(_rig.Messages("O"), message => Assert.Contains(message, mirrored));
        Assert.Equal(_rig.State("O").Last, _rig.State("M").Last);

        // Of a source each message comes once and in order, whatever became of it there.
        List<ulong> sequences = _rig.Origins("S").ConvertAll(message => message.Sequence);
        Assert.Equal(sequences.Order(), sequences);
        Assert.Equal(sequences.Count, sequences.Distinct().Count());
        Assert.Equal(_rig.State("O").Last, sequences.LastOrDefault());
    }

    private ulong Delete(ulong sequence) =>
        _rig.Harness.Api("STREAM.MSG.DELETE.O", $"{{\"seq\":{sequence}}}").TryGetProperty("error", out _) ? 0UL : 1;
}
