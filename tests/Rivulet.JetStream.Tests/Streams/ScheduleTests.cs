using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Schedules;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Messages from which others are made at their time. The clock begins at 2024-01-01T00:00:00Z, a Monday.</summary>
public sealed class ScheduleTests
{
    private const string Far = "@at 2030-01-01T00:00:00Z";

    private readonly Harness _h = new();

    [Theory]
    [InlineData("* * * * * *", "", "2024-01-01T00:00:01")]
    [InlineData("*/5 * * * * *", "", "2024-01-01T00:00:05")]
    [InlineData("10-12,40 * * * * *", "", "2024-01-01T00:00:10")]
    [InlineData("0 30 9-17 * * *", "", "2024-01-01T09:30:00")]
    [InlineData("0 15/20 * * * *", "", "2024-01-01T00:15:00")]
    [InlineData("0 0 0 29 2 *", "", "2024-02-29T00:00:00")]
    [InlineData("0 0 0 1 JAN ?", "", "2025-01-01T00:00:00")]
    [InlineData("0 0 0 * * sun", "", "2024-01-07T00:00:00")]
    [InlineData("0 0 0 15 * fri", "", "2024-01-05T00:00:00")]
    [InlineData("0 0 0 13 * 5,*/1", "", "2024-01-13T00:00:00")]
    [InlineData("@hourly", "", "2024-01-01T01:00:00")]
    [InlineData("@daily", "", "2024-01-02T00:00:00")]
    [InlineData("@midnight", "Europe/Amsterdam", "2024-01-01T23:00:00")]
    [InlineData("@weekly", "", "2024-01-07T00:00:00")]
    [InlineData("@monthly", "", "2024-02-01T00:00:00")]
    [InlineData("@yearly", "", "2025-01-01T00:00:00")]
    [InlineData("@annually", "Asia/Kolkata", "2024-12-31T18:30:00")]
    [InlineData("0 30 2 31 3 *", "Europe/Amsterdam", "2025-03-31T00:30:00")]
    [InlineData("0 30 2 27 10 *", "Europe/Amsterdam", "2024-10-27T00:30:00")]
    [InlineData("@every 1m30s", "", "2024-01-01T00:01:30")]
    [InlineData("@at 2024-05-06T07:08:09+02:00", "", "2024-05-06T05:08:09")]
    public void A_pattern_tells_the_next_time(string text, string zoneName, string next)
    {
        TimeZoneInfo? zone = zoneName.Length == 0 ? null : TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        Assert.True(SchedulePattern.TryParse(Encoding.UTF8.GetBytes(text), zone, out SchedulePattern? pattern));
        long now = Nanos("2024-01-01T00:00:00");

        Assert.Equal(Nanos(next), pattern.Next(now, now));
    }

    [Fact]
    public void Times_that_clocks_pass_twice_count_twice()
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Amsterdam");
        Assert.True(SchedulePattern.TryParse("0 30 2 * * *"u8, zone, out SchedulePattern? pattern));
        long first = Nanos("2024-10-27T00:30:00");

        Assert.Equal(Nanos("2024-10-27T01:30:00"), pattern.Next(first, first));
        Assert.Equal(Nanos("2024-10-28T01:30:00"), pattern.Next(Nanos("2024-10-27T01:30:00"), first));
    }

    [Fact]
    public void Missed_times_are_not_made_up_for()
    {
        long stored = Nanos("2024-01-01T00:00:00"), now = Nanos("2024-01-03T00:00:10");
        Assert.True(SchedulePattern.TryParse("@every 30s"u8, null, out SchedulePattern? every));
        Assert.True(SchedulePattern.TryParse("@daily"u8, null, out SchedulePattern? daily));

        Assert.Equal(Nanos("2024-01-03T00:00:40"), every.Next(stored, now));
        Assert.Equal(Nanos("2024-01-04T00:00:00"), daily.Next(stored, now));
    }

    [Fact]
    public void An_interval_beyond_the_end_of_time_never_fires()
    {
        Assert.True(SchedulePattern.TryParse("@every 2500000h"u8, null, out SchedulePattern? every));
        long now = Nanos("2024-01-01T00:00:00");
        Assert.Equal(long.MaxValue, every.Next(now, now));
    }

    [Theory]
    [InlineData("@at x")]
    [InlineData("@at")]
    [InlineData("@every 500ms")]
    [InlineData("@every -5s")]
    [InlineData("@every x")]
    [InlineData("@Daily")]
    [InlineData("* * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("5-0 * * * * *")]
    [InlineData("*/0 * * * * *")]
    [InlineData("0 0 0 * * 7")]
    [InlineData("0 0 0 0 * *")]
    [InlineData("a * * * * *")]
    [InlineData("1--2 * * * * *")]
    [InlineData("-1 * * * * *")]
    [InlineData(", * * * * *")]
    [InlineData("0 0 0 31 2 *")]
    [InlineData("x")]
    public void A_pattern_that_is_none_is_refused(string pattern)
    {
        Create();

        Assert.Equal(10189, Error(Schedule("s.p", pattern)));
    }

    [Theory]
    [InlineData(Far, "Nats-Schedule-Time-Zone: UTC", 10189)]
    [InlineData("@every 5s", "Nats-Schedule-Time-Zone: UTC", 10189)]
    [InlineData("@daily", "Nats-Schedule-Time-Zone: Mars/X", 10223)]
    [InlineData("@daily", "Nats-Schedule-Time-Zone: ", 10223)]
    [InlineData("@daily", "Nats-Schedule-Time-Zone: Europe/Amsterdam", 0)]
    [InlineData(Far, "Nats-Schedule-Source: s.src", 0)]
    [InlineData(Far, "Nats-Schedule-Source: s.p", 10203)]
    [InlineData(Far, "Nats-Schedule-Source: s.t", 10203)]
    [InlineData(Far, "Nats-Schedule-Source: s.*", 10203)]
    [InlineData(Far, "Nats-Schedule-Source: q.x", 10203)]
    [InlineData(Far, "Nats-Schedule-TTL: 5m", 0)]
    [InlineData(Far, "Nats-Schedule-TTL: x", 10191)]
    [InlineData(Far, "Nats-Schedule-Rollup: sub", 0)]
    [InlineData(Far, "Nats-Schedule-Rollup: SUB", 10192)]
    [InlineData(Far, "Nats-Rollup: Sub", 0)]
    [InlineData(Far, "Nats-Rollup: all", 10192)]
    public void The_headers_of_a_schedule_are_checked(string pattern, string header, int code)
    {
        Create();

        Assert.Equal(code, Error(Schedule("s.p", pattern, header)));
    }

    [Theory]
    [InlineData("s.p")]
    [InlineData("q.t")]
    [InlineData("s.*")]
    [InlineData("s..a")]
    public void The_target_is_another_subject_of_the_stream(string target)
    {
        Create();

        Assert.Equal(10190, Error(Schedule("s.p", Far, target: target)));
        Assert.Equal(10190, Error(_h.Ask("s.p", "", $"NATS/1.0\r\nNats-Schedule: {Far}\r\n\r\n").Payload));
    }

    [Fact]
    public void A_time_to_live_needs_a_stream_that_has_them()
    {
        _h.CreateStream(more: ""","allow_msg_schedules":true""");

        Assert.Equal(10166, Error(Schedule("s.p", Far, "Nats-Schedule-TTL: 5", "q.t")));
    }

    [Theory]
    [InlineData("Nats-Schedule-Next: 2030-01-01T00:00:00Z\r\nNats-Scheduler: s.q", 10212)]
    [InlineData("Nats-Schedule-Next: purge", 10212)]
    [InlineData("Nats-Schedule-Next: purge\r\nNats-Scheduler: s.p", 10212)]
    [InlineData("Nats-Schedule-Next: purge\r\nNats-Scheduler: s.*", 10212)]
    [InlineData("Nats-Schedule-Next: purge\r\nNats-Scheduler: s.plain", 10212)]
    [InlineData("Nats-Scheduler: s.q", 10212)]
    [InlineData("Nats-Schedule-Next: purge\r\nNats-Scheduler: s.none", 0)]
    [InlineData("Nats-Schedule-Target: s.t", 0)]
    public void Who_may_end_a_schedule_is_checked(string headers, int code)
    {
        Create();
        _h.Store("s.plain");

        Assert.Equal(code, Error(_h.Ask("s.p", "", $"NATS/1.0\r\n{headers}\r\n\r\n").Payload));
    }

    [Fact]
    public void A_schedule_that_fires_once_makes_its_message_and_is_gone()
    {
        Create();
        Schedule("s.p", "@at 2024-01-01T00:00:05Z", "K: v\r\nNats-Msg-Id: m\r\nNats-Schedule-TTL: 60\r\nNats-Schedule-Rollup: sub");
        _h.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(1, LastSequence());

        _h.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(
            ("s.t", "NATS/1.0\r\nK: v\r\nNats-Scheduler: s.p\r\nNats-Schedule-Next: purge\r\nNats-TTL: 60\r\nNats-Rollup: sub\r\n\r\n", "s.p"),
            Message(2));
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"seq":1}""").Code);
        _h.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(2, LastSequence());
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"seq":2}""").Code);
    }

    [Fact]
    public void A_time_that_is_over_is_now()
    {
        Create();
        Schedule("s.p", "@at 2020-01-01T00:00:00Z");
        _h.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal("s.t", Message(2).Subject);
    }

    [Fact]
    public void A_schedule_fires_at_intervals_with_the_last_message_of_its_source()
    {
        Create();
        Schedule("s.p", "@every 2s", "K: v\r\nNats-Schedule-Source: s.src");
        _h.Advance(TimeSpan.FromSeconds(2.1));
        _h.Store("s.src", "from source", "NATS/1.0\r\nS: w\r\nNats-Expected-Stream: S\r\n\r\n");
        _h.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(
            ("s.t", "NATS/1.0\r\nK: v\r\nNats-Scheduler: s.p\r\nNats-Schedule-Next: 2024-01-01T00:00:04Z\r\n\r\n", "s.p"), Message(2));
        Assert.Equal(
            ("s.t", "NATS/1.0\r\nS: w\r\nNats-Scheduler: s.p\r\nNats-Schedule-Next: 2024-01-01T00:00:06Z\r\n\r\n", "from source"),
            Message(4));
        Assert.Equal(
            "NATS/1.0\r\nNats-Schedule: @every 2s\r\nNats-Schedule-Target: s.t\r\nK: v\r\nNats-Schedule-Source: s.src\r\nNats-Rollup: sub\r\n\r\n",
            Message(1).Headers);
    }

    [Fact]
    public void A_new_schedule_takes_the_place_of_the_old_one()
    {
        Create();
        Schedule("s.p", "@every 1s");
        Schedule("s.p", "@every 5s");
        _h.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(2, LastSequence());
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"seq":1}""").Code);
        _h.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(3, LastSequence());
    }

    [Fact]
    public void A_message_that_is_none_ends_the_schedule_of_its_subject()
    {
        Create();
        Schedule("s.p", "@every 1s");
        _h.Store("s.p", "plain");
        _h.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(2, LastSequence());
    }

    [Theory]
    [InlineData("STREAM.PURGE.S", """{"filter":"s.p"}""")]
    [InlineData("STREAM.MSG.DELETE.S", """{"seq":1}""")]
    public void A_schedule_that_is_removed_does_not_fire(string operation, string body)
    {
        Create();
        Schedule("s.p", "@every 1s");
        _h.ApiOk(operation, body);
        _h.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1, LastSequence());
    }

    [Fact]
    public void A_client_ends_a_schedule()
    {
        Create();
        Schedule("s.p", "@every 1s");
        _h.Store("s.x", "", "NATS/1.0\r\nNats-Schedule-Next: purge\r\nNats-Scheduler: s.p\r\n\r\n");
        _h.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(2, LastSequence());
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"seq":1}""").Code);
    }

    [Fact]
    public void Schedules_come_in_batches_too()
    {
        _h.CreateStream(more: ""","allow_msg_schedules":true,"allow_atomic":true""");
        string batch = "Nats-Batch-Id: x\r\nNats-Batch-Sequence: ";
        Schedule("s.p", "@at 2024-01-01T00:00:01Z", batch + "1");
        Schedule("s.q", "@every 1s", batch + "2");
        string ended = $"NATS/1.0\r\n{batch}3\r\nNats-Batch-Commit: 1\r\nNats-Schedule-Next: purge\r\nNats-Scheduler: s.q\r\n\r\n";
        Assert.Equal("""{"stream":"S","seq":3,"batch":"x","count":3}""", _h.Ask("s.x", "", ended).Payload);

        _h.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(4, LastSequence());
        Assert.EndsWith("Nats-Scheduler: s.p\r\nNats-Schedule-Next: purge\r\n\r\n", Message(4).Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schedule_that_follows_the_end_of_another_in_a_batch_stays()
    {
        _h.CreateStream(more: ""","allow_msg_schedules":true,"allow_atomic":true""");
        Schedule("s.q", "@every 1h");
        string batch = "Nats-Batch-Id: x\r\nNats-Batch-Sequence: ";
        _h.Ask("s.x", "", $"NATS/1.0\r\n{batch}1\r\nNats-Schedule-Next: purge\r\nNats-Scheduler: s.q\r\n\r\n");
        Schedule("s.q", "@every 2s", batch + "2\r\nNats-Batch-Commit: 1");
        Assert.Equal(3, LastSequence());

        _h.Advance(TimeSpan.FromSeconds(2.1));

        Assert.Equal(4, LastSequence());
        Assert.Equal("s.q", Message(3).Subject);
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", """{"seq":1}""").Code);
    }

    [Fact]
    public async Task Schedules_go_on_after_a_restart()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream(more: ""","allow_msg_schedules":true""");
        h.Publish("s.at", "", "", Headers("@at 2024-01-01T00:00:30Z"));
        h.Publish("s.every", "", "", Headers("@every 10s"));
        h.Advance(TimeSpan.FromSeconds(11));
        await h.Engine.DisposeAsync();
        clock.Advance(TimeSpan.FromSeconds(30));

        h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.Advance(TimeSpan.FromSeconds(0.1));

        // One at 10 s, then both are late, and the one that repeats is 10 s after that.
        Assert.Equal(5, h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32());
        h.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(5, h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32());
        h.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(6, h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32());
        await h.Engine.DisposeAsync();
    }

    [Theory]
    [InlineData("@every 10s")]
    [InlineData("*/10 * * * * *")]
    public async Task A_schedule_whose_first_time_went_by_while_there_was_no_server_fires_at_once(string pattern)
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream(more: ""","allow_msg_schedules":true""");
        h.Publish("s.every", "", "", Headers(pattern));
        await h.Engine.DisposeAsync();
        clock.Advance(TimeSpan.FromSeconds(40));

        h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, Last());
        h.Advance(TimeSpan.FromSeconds(10.5));
        Assert.Equal(3, Last());
        await h.Engine.DisposeAsync();

        int Last() => h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32();
    }

    [Theory]
    [InlineData("Nats-Schedule-Time-Zone: Local", true)]
    [InlineData("Nats-Schedule-Time-Zone: Europe/Amsterdam", true)]
    [InlineData("Nats-Schedule-Time-Zone: Europe/Amsterdam ", false)]
    [InlineData("Nats-Schedule-Time-Zone: Nowhere", false)]
    public void A_time_zone_is_that_of_the_machine_or_one_of_the_database(string header, bool isOne)
    {
        Create();
        Assert.Equal(!isOne, Schedule("s.p", "0 0 5 * * *", header).Contains("10223", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_schedule_whose_last_message_was_stored_does_not_fire_again()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        JetStreamStream stream = h.CreateStream(more: ""","allow_msg_schedules":true""");
        h.Publish("s.at", "", "", Headers("@at 2024-01-01T00:00:30Z"));
        lock (stream.WriterLock)
        {
            // What a power cut leaves that comes before the removal of the schedule.
            stream.Log.Append(new NewMessage
            {
                Subject = "s.t"u8,
                Headers = "NATS/1.0\r\nNats-Scheduler: s.at\r\nNats-Schedule-Next: purge\r\n\r\n"u8,
            });
        }

        stream.Store.DeliverCommits();
        await h.Engine.DisposeAsync();

        h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(2, h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32());
        await h.Engine.DisposeAsync();
    }

    [Fact]
    public void A_schedule_that_is_not_committed_waits()
    {
        var clock = new ManualTimeProvider();
        HeldStore store = HeldStore.InMemory(clock);
        var h = new Harness(store, clock);
        h.CreateStream(more: ""","allow_msg_schedules":true""");
        store.IsHeld = true;
        h.Publish("s.p", "", "", Headers("@at 2024-01-01T00:00:00Z"));
        h.Advance(TimeSpan.FromSeconds(1));
        store.IsHeld = false;
        store.Commit();
        h.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32());
    }

    [Theory]
    [InlineData(""" "discard":"new" """, 10052, "message scheduling cannot use discard new")]
    [InlineData(""" "sources":[{"name":"O"}] """, 10187, "stream source can not also schedule messages")]
    [InlineData(""" "pedantic":true """, 10052, "message scheduling cannot be set if roll-ups are disabled")]
    public void What_schedules_exclude_is_refused(string with, int code, string why)
    {
        Assert.Equal((code, why), _h.ApiError("STREAM.CREATE.S", $$"""{"name":"S","allow_msg_schedules":true,{{with}}}"""));
    }

    [Fact]
    public void Scheduling_cannot_be_turned_off_and_can_be_turned_on()
    {
        _h.CreateStream();
        Assert.Equal(10188, Error(Schedule("s.p", "@every 1s")));
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"allow_msg_schedules":true}""");
        Schedule("s.p", "@every 1s");
        _h.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(2, LastSequence());
        Assert.Equal(
            (10052, "message schedules can not be disabled"), _h.ApiError("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"]}"""));
    }

    private static long Nanos(string time) =>
        (DateTime.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
            - DateTime.UnixEpoch).Ticks * 100;

    private static string Headers(string pattern, string more = "", string target = "s.t") =>
        $"NATS/1.0\r\nNats-Schedule: {pattern}\r\nNats-Schedule-Target: {target}\r\n{(more.Length > 0 ? more + "\r\n" : "")}\r\n";

    private static int Error(string answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;
    }

    private void Create() => _h.CreateStream(more: ""","allow_msg_schedules":true,"allow_msg_ttl":true""");

    private string Schedule(string subject, string pattern, string more = "", string target = "s.t") =>
        _h.Ask(subject, subject, Headers(pattern, more, target)).Payload;

    private int LastSequence() => _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32();

    private (string? Subject, string Headers, string Payload) Message(int sequence)
    {
        JsonElement message = _h.ApiOk("STREAM.MSG.GET.S", $$"""{"seq":{{sequence}}}""").GetProperty("message");
        return (
            message.GetProperty("subject").GetString(),
            Encoding.UTF8.GetString(message.GetProperty("hdrs").GetBytesFromBase64()),
            Encoding.UTF8.GetString(message.GetProperty("data").GetBytesFromBase64()));
    }
}
