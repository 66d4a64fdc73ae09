namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>The commands of <c>nats kv</c> against a server, by their exact output.</summary>
public sealed class KeyValueTests(JetStreamServerFixture fixture) : IClassFixture<JetStreamServerFixture>
{
    private const string ClusterLines = "Cluster Information:\n\n                   Name: \n                 Leader: SERVER-ID\n";

    [Fact]
    public async Task The_walkthrough_runs_from_the_first_bucket_to_its_end()
    {
        await OkAsync(Block("walk", values: 0), "kv", "add", "walk");
        await OkAsync(Block("walk", values: 0), "kv", "add", "walk");
        await OkAsync("Value1\n", "kv", "put", "walk", "Key1", "Value1");
        await OkAsync("walk > Key1 revision: 1 created @ YYYY-MM-DD HH:MM:SS\n\nValue1\n\n", "kv", "get", "walk", "Key1");
        await OkAsync("Value1", "kv", "get", "walk", "Key1", "--raw");
        await FailAsync("nats: key not found", "kv", "get", "walk", "nosuch");
        await OkAsync("Value2\n", "kv", "put", "walk", "Key1", "Value2");
        await OkAsync("Key1\n", "kv", "ls", "walk");
        await OkAsync("first\n", "kv", "create", "walk", "Key2", "first");
        await FailAsync(
            "nats: nats: API error: code=400 err_code=10071 description=wrong last sequence: 3: key exists",
            "kv", "create", "walk", "Key2", "again");
        await OkAsync("second\n", "kv", "update", "walk", "Key2", "second", "3");
        await FailAsync(
            "nats: nats: API error: code=400 err_code=10071 description=wrong last sequence: 4",
            "kv", "update", "walk", "Key2", "third", "3");
        await FailAsync("nats: key not found", "kv", "get", "walk", "Key2", "--revision", "3");
        await OkAsync("walk > Key2 revision: 4 created @ YYYY-MM-DD HH:MM:SS\n\nsecond\n\n", "kv", "get", "walk", "Key2", "--revision", "4");
        await OkAsync(Block("walk", values: 2, size: "154 B"), "kv", "info", "walk");
        await FailAsync("cannot ask for confirmation without a terminal", "kv", "del", "walk", "Key1");
        await OkAsync("", "kv", "del", "walk", "Key1", "-f");
        await FailAsync("nats: key not found", "kv", "get", "walk", "Key1");
        await OkAsync("", "kv", "purge", "walk", "Key2", "-f");
        await OkAsync("", "kv", "compact", "walk", "-f");
        await OkAsync("No keys found in bucket\n", "kv", "ls", "walk");
        await OkAsync("", "kv", "ls", "walk", "-n");
        await FailAsync("cannot ask for confirmation without a terminal", "kv", "rm", "walk");
        await OkAsync("", "kv", "rm", "walk", "-f");
        await FailAsync(
            "nats: bucket not found: walk\nnats: API error: code=404 err_code=10059 description=stream not found",
            "kv", "rm", "walk", "-f");
    }

    [Fact]
    public async Task A_bucket_that_takes_no_times_to_live_says_how_it_would()
    {
        await RunAsync("kv", "add", "forever");
        foreach (var command in new[] { "put", "create" })
        {
            await FailAsync(
                "nats: API error: code=400 err_code=10166 description=per-message TTL is disabled\n"
                + "keys of bucket forever have no TTLs; allow them with: nats kv edit forever --marker-ttl 1h",
                "kv", command, "forever", "k", "v", "--ttl", "5s");
        }

        Assert.Equal(0, await (await RunAsync("kv", "edit", "forever", "--marker-ttl", "1h")).Exit);
        await OkAsync("v\n", "kv", "put", "forever", "k", "v", "--ttl", "5m");
    }

    [Fact]
    public async Task Keys_are_chosen_in_their_order_kept_alive_and_read_as_of_a_revision()
    {
        await RunAsync("kv", "add", "beyond", "--history", "5", "--marker-ttl", "1m");
        await OkAsync("one\n", "kv", "put", "beyond", "user.anna", "one");
        await OkAsync("two\n", "kv", "put", "beyond", "user.anna", "two", "--ttl", "90s");
        await OkAsync("3\n", "kv", "touch", "beyond", "user.anna");
        await OkAsync("4\n", "kv", "touch", "beyond", "user.anna", "--ttl", "2h", "--revision", "3");
        await FailAsync(
            "nats: nats: API error: code=400 err_code=10071 description=wrong last sequence: 4",
            "kv", "touch", "beyond", "user.anna", "--revision", "3");
        await FailAsync("nats: key not found", "kv", "touch", "beyond", "none", "--persist");
        await FailAsync("--persist and --ttl exclude each other", "kv", "touch", "beyond", "user.anna", "--persist", "--ttl", "1s");
        await RunAsync("kv", "put", "beyond", "user.bert", "b");
        await RunAsync("kv", "put", "beyond", "x", "d");

        await OkAsync("user.anna\nuser.bert\n", "kv", "ls", "beyond", "--prefix", "user.");
        await OkAsync("user.anna\n", "kv", "ls", "beyond", "--limit", "1");
        await OkAsync("user.bert\n", "kv", "ls", "beyond", "--after", "user.anna", "--before", "x");
        await OkAsync("2\n", "kv", "ls", "beyond", "user.*", "--count");
        await OkAsync("user.anna\n", "kv", "ls", "beyond", "--as-of", "2");
        await OkAsync("No keys found in bucket\n", "kv", "ls", "beyond", "--prefix", "y");
        await OkAsync("user.anna two\nx d\n", "kv", "mget", "beyond", "user.anna", "x", "--raw");
        await OkAsync("user.anna two\nuser.bert b\n", "kv", "mget", "beyond", "--filter", "user.*", "--raw");
        await OkAsync("user.anna two\n", "kv", "mget", "beyond", "--limit", "1", "--raw");
        await OkAsync("user.anna one\n", "kv", "mget", "beyond", "--as-of", "1", "--raw");
        await FailAsync("keys are chosen by name or by flags, not both", "kv", "mget", "beyond", "x", "--prefix", "y");
        await FailAsync("--as-of and --revision exclude each other", "kv", "get", "beyond", "x", "--as-of", "1", "--revision", "1");
        await FailAsync("nats: key not found", "kv", "get", "beyond", "x", "--as-of", "1");
        await OkAsync("one", "kv", "get", "beyond", "user.anna", "--as-of", "1", "--raw");
        await FailAsync("nats: key not found: 2 of 2 keys are not in bucket beyond: none nor", "kv", "mget", "beyond", "none", "nor");
        await FailAsync(
            "nats: API error: code=400 err_code=20006 description=revision 99 not reached, the last is 6",
            "kv", "ls", "beyond", "--as-of", "99");
        await FailAsync("not a revision: x", "kv", "watch", "beyond", "--from-revision", "x");
        await FailAsync(
            "--from-revision excludes --history, --updates and --revision",
            "kv", "watch", "beyond", "--from-revision", "1", "--updates");

        var watch = CliRun.Start(["kv", "watch", "beyond", "--from-revision", "2", "--no-touches"], fixture.Url);
        await watch.WaitForOutputAsync(2);
        Assert.Equal(0, await watch.InterruptAsync());
        Assert.Equal(
            "[YYYY-MM-DD HH:MM:SS] PUT beyond > user.bert: b\n[YYYY-MM-DD HH:MM:SS] PUT beyond > x: d\n", Normal.Form(watch.Output));
    }

    [Fact]
    public async Task A_watch_sees_what_is_there_and_then_every_change()
    {
        await RunAsync("kv", "add", "watched");
        await RunAsync("kv", "put", "watched", "a", "1");
        var watch = CliRun.Start(["kv", "watch", "watched"], fixture.Url);
        await watch.WaitForOutputAsync(1);
        await RunAsync("kv", "put", "watched", "b", "two words");
        await RunAsync("kv", "del", "watched", "a", "-f");
        await RunAsync("kv", "purge", "watched", "b", "-f");
        await watch.WaitForOutputAsync(4);
        Assert.Equal(0, await watch.InterruptAsync());
        Assert.Equal(
            """
            [YYYY-MM-DD HH:MM:SS] PUT watched > a: 1
            [YYYY-MM-DD HH:MM:SS] PUT watched > b: two words
            [YYYY-MM-DD HH:MM:SS] DELETE watched > a
            [YYYY-MM-DD HH:MM:SS] PURGE watched > b

            """,
            Normal.Form(watch.Output));
        Assert.Equal("", watch.Error);
    }

    [Fact]
    public async Task A_watch_shows_what_its_flags_ask_for()
    {
        await RunAsync("kv", "add", "flags", "--history", "5");
        foreach (var value in new[] { "1", "2", "3" })
        {
            await RunAsync("kv", "put", "flags", "a.x", value);
        }

        await RunAsync("kv", "del", "flags", "b", "-f");
        Assert.Equal("a.x=3 b", await WatchAsync(2));
        Assert.Equal("a.x=3", await WatchAsync(1, "--no-deletes"));
        Assert.Equal("a.x=1 a.x=2 a.x=3 b", await WatchAsync(4, "--history"));
        Assert.Equal("a.x=2 a.x=3 b", await WatchAsync(3, "--revision", "2"));
        Assert.Equal("a.x=3", await WatchAsync(1, "a.*"));
        await FailAsync("nats: invalid jetstream option: updates only cannot be used with include history", "kv", "watch", "flags", "--history", "--updates");
        await FailAsync("nats: invalid key: key cannot be empty and must be a valid NATS subject", "kv", "watch", "flags", "a..b");

        var updates = CliRun.Start(["kv", "watch", "flags", "--updates"], fixture.Url);
        await PutUntilSeenAsync(updates, "flags", "late");
        Assert.Equal(0, await updates.InterruptAsync());
        Assert.DoesNotContain("a.x", updates.Output, StringComparison.Ordinal);

        async Task<string> WatchAsync(int lines, params string[] arguments)
        {
            var watch = CliRun.Start(["kv", "watch", "flags", .. arguments], fixture.Url);
            await watch.WaitForOutputAsync(lines);
            await watch.InterruptAsync();
            return string.Join(' ', watch.Output.TrimEnd().Split('\n').Select(line => line.Split(" > ")[1].Replace(": ", "=", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_watch_on_a_terminal_has_colors()
    {
        await RunAsync("kv", "add", "colors");
        await RunAsync("kv", "put", "colors", "a", "1");
        await RunAsync("kv", "del", "colors", "b", "-f");
        var watch = CliRun.Start(["kv", "watch", "colors"], fixture.Url, isTerminal: true);
        await watch.WaitForOutputAsync(2);
        await watch.InterruptAsync();
        Assert.Equal(
            "[YYYY-MM-DD HH:MM:SS] \e[32mPUT\e[0m colors > a: 1\n[YYYY-MM-DD HH:MM:SS] \e[31mDELETE\e[0m colors > b\n",
            Normal.Form(watch.Output));
    }

    [Fact]
    public async Task History_lists_every_revision_kept_and_revert_adds_one()
    {
        await RunAsync("kv", "add", "h5", "--history", "5");
        foreach (var value in new[] { "1", "2", "a value that is longer than forty characters, by a little" })
        {
            await RunAsync("kv", "put", "h5", "a", value);
        }

        await FailAsync("nats: key not found", "kv", "history", "h5", "nosuch");
        await FailAsync("nats: key not found", "kv", "revert", "h5", "nosuch", "1", "--force");
        var declined = await RunAsync("kv", "revert", "h5", "a", "1");
        Assert.Equal(1, await declined.Exit);
        Assert.Equal("Revision: 1\n\n1\n\n", declined.Output);
        Assert.Equal("nats: error: could not obtain confirmation: cannot ask for confirmation without a terminal\n", declined.Error);
        await OkAsync(
            HistoryTable,
            "kv", "revert", "h5", "a", "1", "--force");
        await RunAsync("kv", "put", "h5", "single", "1");
        await FailAsync("cannot revert key in a bucket where history=1", "kv", "revert", "h5", "single", "5", "--force");
        await RunAsync("kv", "del", "h5", "single", "-f");
        var wild = await RunAsync("kv", "history", "h5", "*");
        Assert.Contains("│ single │        6 │ DELETE │ YYYY-MM-DD HH:MM:SS │ 0      │", Normal.Form(wild.Output), StringComparison.Ordinal);
    }

    private const string HistoryTable = """
        ╭─────────────────────────────────────────────────────────────────────────────────────────╮
        │                                    History for h5 > a                                   │
        ├─────┬──────────┬─────┬─────────────────────┬────────┬───────────────────────────────────┤
        │ Key │ Revision │ Op  │ Created             │ Length │ Value                             │
        ├─────┼──────────┼─────┼─────────────────────┼────────┼───────────────────────────────────┤
        │ a   │        1 │ PUT │ YYYY-MM-DD HH:MM:SS │ 1      │ 1                                 │
        │ a   │        2 │ PUT │ YYYY-MM-DD HH:MM:SS │ 1      │ 2                                 │
        │ a   │        3 │ PUT │ YYYY-MM-DD HH:MM:SS │ 57     │ a value that is...rs, by a little │
        │ a   │        4 │ PUT │ YYYY-MM-DD HH:MM:SS │ 1      │ 1                                 │
        ╰─────┴──────────┴─────┴─────────────────────┴────────┴───────────────────────────────────╯


        """;

    [Fact]
    public async Task A_bucket_is_made_and_changed_as_its_flags_say()
    {
        var added = await RunAsync(
            "kv", "add", "full", "--history=5", "--ttl", "1h", "--marker-ttl", "10s", "--storage", "memory", "--description", "five deep",
            "--max-value-size", "1k", "--max-bucket-size", "1MB", "--compress", "--metadata", "b:2", "--metadata", "a=1=x",
            "--republish-source", ">", "--republish-destination", "rp.>");
        Assert.Equal("", added.Error);
        Assert.Equal(
            """
            Information for Key-Value Store Bucket full created YYYY-MM-DD HH:MM:SS

            Configuration:

                        Bucket Name: full
                       History Kept: 5
                      Values Stored: 0
                         Compressed: true
              Per-Key TTL Supported: true
                   Limit Marker TTL: 10.00s
                 Backing Store Kind: JetStream
                        Description: five deep
                        Bucket Size: 0 B
                Maximum Bucket Size: 1.0 MiB
                 Maximum Value Size: 1.0 KiB
                        Maximum Age: 1h0m0s
                   JetStream Stream: KV_full
                            Storage: Memory
                       Republishing: > to rp.>

            Metadata:

                                  a: 1=x
                                  b: 2


            """ + ClusterLines,
            Normal.Form(added.Output));

        var edited = await RunAsync("kv", "edit", "full", "--history", "3", "--ttl", "0", "--no-compress", "--max-bucket-size=-1");
        Assert.Equal("", edited.Error);
        var form = Normal.Form(edited.Output);
        Assert.Contains("History Kept: 3\n", form, StringComparison.Ordinal);
        Assert.Contains("Compressed: false\n", form, StringComparison.Ordinal);
        Assert.Contains("Maximum Age: unlimited\n", form, StringComparison.Ordinal);
        Assert.Contains("Maximum Bucket Size: unlimited\n", form, StringComparison.Ordinal);
        Assert.Contains("Description: five deep\n", form, StringComparison.Ordinal);
        Assert.Contains("Maximum Value Size: 1.0 KiB\n", form, StringComparison.Ordinal);
        Assert.Contains("Limit Marker TTL: 10.00s\n", form, StringComparison.Ordinal);
        await FailAsync(
            "nats: nats: API error: code=400 err_code=10054 description=message size exceeds maximum allowed",
            "kv", "put", "full", "k", new string('x', 1100));
        await FailAsync("nats: bucket not found", "kv", "edit", "nosuch");
    }

    [Fact]
    public async Task Buckets_are_listed_by_size()
    {
        await RunAsync("kv", "add", "list-big", "--description", "the larger one");
        await RunAsync("kv", "add", "list-small");
        await RunAsync("kv", "put", "list-big", "k", new string('x', 2000));
        var list = Normal.Form((await RunAsync("kv", "ls")).Output);
        Assert.StartsWith("╭", list, StringComparison.Ordinal);
        Assert.EndsWith("╯\n\n", list, StringComparison.Ordinal);
        Assert.Contains(" Key-Value Buckets ", list, StringComparison.Ordinal);
        Assert.Matches("│ Bucket +│ Description +│ Created +│ Size +│ Values │ Last Update │\n", list);
        Assert.Matches("│ list-small +│ +│ YYYY-MM-DD HH:MM:SS │ 0 B +│ 0 +│ never +│\n", list);
        Assert.Matches("│ list-big +│ the larger one +│ YYYY-MM-DD HH:MM:SS │ 2.0 KiB +│ 1 +│ .*s +│\n", list);
        Assert.True(list.IndexOf("list-small", StringComparison.Ordinal) < list.IndexOf("list-big", StringComparison.Ordinal));
        var names = (await RunAsync("kv", "ls", "--names")).Output.TrimEnd().Split('\n');
        Assert.Contains("list-big", names);
        Assert.Contains("list-small", names);
    }

    [Fact]
    public async Task Keys_are_listed_in_the_order_of_their_last_change()
    {
        await RunAsync("kv", "add", "keys");
        foreach (var key in new[] { "b", "a.x", "c", "b" })
        {
            await RunAsync("kv", "put", "keys", key, $"of {key}");
        }

        await RunAsync("kv", "del", "keys", "c", "-f");
        await OkAsync("a.x\nb\n", "kv", "ls", "keys");
        await OkAsync("a.x\n", "kv", "ls", "keys", "a.*");
        await OkAsync("No keys found in bucket\n", "kv", "ls", "keys", "z.>");
        await FailAsync("nats: invalid key: key cannot be empty and must be a valid NATS subject", "kv", "ls", "keys", "a..b");
        await OkAsync(
            KeysTable,
            "kv", "ls", "keys", "-v", "--display-value");
        await FailAsync("unable to load bucket: nats: bucket not found", "kv", "ls", "nosuch");
    }

    private const string KeysTable = """
        ╭───────────────────────────────────────────────────────╮
        │               Contents for bucket 'keys'              │
        ├─────┬─────────────────────┬───────┬──────────┬────────┤
        │ Key │ Created             │ Delta │ Revision │ Value  │
        ├─────┼─────────────────────┼───────┼──────────┼────────┤
        │ a.x │ YYYY-MM-DD HH:MM:SS │     0 │        2 │ of a.x │
        │ b   │ YYYY-MM-DD HH:MM:SS │     0 │        4 │ of b   │
        ╰─────┴─────────────────────┴───────┴──────────┴────────╯


        """;

    [Fact]
    public async Task Values_are_shown_whole_in_part_or_in_base64()
    {
        await RunAsync("kv", "add", "values");
        var longValue = string.Concat(Enumerable.Repeat("0123456789", 30));
        await RunAsync("kv", "put", "values", "long", longValue);
        await OkAsync(
            $"values > long revision: 1 created @ YYYY-MM-DD HH:MM:SS\n\nShowing first 120 bytes of 300, use --raw for full data\n\n{longValue[..120]}\n\n",
            "kv", "get", "values", "long");
        await OkAsync(longValue, "kv", "get", "values", "long", "--raw");

        var fromInput = await CliRun.CompleteAsync(["kv", "put", "values", "lines"], fixture.Url, "a\nb\n");
        Assert.Equal("\n", fromInput.Output);
        await OkAsync("values > lines revision: 2 created @ YYYY-MM-DD HH:MM:SS\n\nYQpiCg==\n\n", "kv", "get", "values", "lines");
        await OkAsync("a\nb\n", "kv", "get", "values", "lines", "--raw");

        await CliRun.CompleteAsync(["kv", "create", "values", "made", ""], fixture.Url, "input");
        await OkAsync("input", "kv", "get", "values", "made", "--raw");
        await CliRun.CompleteAsync(["kv", "put", "values", "empty"], fixture.Url, "");
        await OkAsync("values > empty revision: 4 created @ YYYY-MM-DD HH:MM:SS\n\n\n\n", "kv", "get", "values", "empty");
    }

    [Theory]
    [InlineData("nats: invalid key", "kv", "put", "bad", ".a", "v")]
    [InlineData("nats: invalid key", "kv", "put", "bad", "a.", "v")]
    [InlineData("nats: invalid key", "kv", "get", "bad", "a b")]
    [InlineData("nats: invalid key", "kv", "get", "bad", "a*")]
    [InlineData("nats: invalid key", "kv", "create", "bad", "ä", "v")]
    [InlineData("nats: invalid key", "kv", "update", "bad", ">", "v", "1")]
    [InlineData("nats: invalid key", "kv", "del", "bad", "a b", "-f")]
    [InlineData("nats: invalid key", "kv", "purge", "bad", "a b", "-f")]
    [InlineData("nats: invalid bucket name", "kv", "add", "a.b")]
    [InlineData("nats: invalid bucket name", "kv", "add", "")]
    [InlineData("nats: invalid bucket name", "kv", "get", "a b", "k")]
    [InlineData("nats: invalid bucket name", "kv", "rm", "a b", "-f")]
    [InlineData("unable to load bucket: nats: invalid bucket name", "kv", "ls", "a b")]
    [InlineData("nats: bucket not found", "kv", "put", "nosuch", "k", "v")]
    [InlineData("nats: bucket not found", "kv", "watch", "nosuch")]
    [InlineData("nats: bucket not found", "kv", "history", "nosuch", "k")]
    [InlineData("nats: bucket not found", "kv", "info", "nosuch")]
    [InlineData("nats: bucket not found", "kv", "compact", "nosuch", "-f")]
    public async Task Bad_input_gets_one_line_of_error(string error, params string[] arguments)
    {
        await RunAsync("kv", "add", "bad");
        await FailAsync(error, arguments);
    }

    [Fact]
    public async Task A_bucket_that_exists_with_other_settings_is_not_changed()
    {
        await RunAsync("kv", "add", "taken");
        await FailAsync(
            "nats: bucket name already in use: taken\nnats: API error: code=400 err_code=10058 description=stream name already in use",
            "kv", "add", "taken", "--history", "2");
        Assert.Contains("History Kept: 1\n", (await RunAsync("kv", "info", "taken")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_is_asked_on_a_terminal_and_the_answer_counts()
    {
        await RunAsync("kv", "add", "ask");
        await RunAsync("kv", "put", "ask", "k", "v");
        await AskAsync("? Delete key ask > k? (y/N) Skipping delete\n", "n\n", "kv", "del", "ask", "k");
        await AskAsync("? Delete key ask > k? (y/N) Skipping delete\n", "\n", "kv", "del", "ask", "k");
        await AskAsync("? Purge key ask > k? (y/N) Skipping purge\n", "no\n", "kv", "purge", "ask", "k");
        await AskAsync("? Delete bucket ask? (y/N) Skipping delete\n", "\n", "kv", "del", "ask");
        await AskAsync(
            "? Purge all historic values and audit trails for deleted keys in bucket ask? (y/N) Skipping delete\n", "\n", "kv", "compact", "ask");
        await AskAsync(
            "? Delete key ask > k? (y/N) X Sorry, your reply was invalid: \"maybe\" is not a valid answer, please try again.\n? Delete key ask > k? (y/N) ",
            "maybe\nYes\n",
            "kv", "del", "ask", "k");
        await FailAsync("nats: key not found", "kv", "get", "ask", "k");
        await AskAsync("? Delete bucket ask? (y/N) ", "y\n", "kv", "del", "ask");
        await FailAsync("nats: bucket not found", "kv", "info", "ask");
    }

    [Fact]
    public async Task Info_without_a_bucket_lets_the_user_pick_one()
    {
        await RunAsync("kv", "add", "pick");
        await FailAsync("cannot prompt for user input without a terminal", "kv", "info");
        var names = (await RunAsync("kv", "ls", "-n")).Output.TrimEnd().Split('\n');
        var picked = await CliRun.CompleteAsync(["kv", "info"], fixture.Url, "pick\n", isTerminal: true);
        Assert.Equal(0, await picked.Exit);
        Assert.StartsWith($"  1) {names[0]}\n", picked.Output, StringComparison.Ordinal);
        Assert.Contains("Bucket Name: pick\n", picked.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_and_blocks_take_the_shape_that_the_environment_asks_for()
    {
        await RunAsync("kv", "add", "shape");
        await RunAsync("kv", "put", "shape", "k", "v");
        var markdown = await CliRun.CompleteAsync(["kv", "history", "shape", "k"], fixture.Url, environment: new() { ["LLMFORMAT"] = "1" });
        Assert.Equal(
            "# History for shape > k\n| Key | Revision | Op | Created | Length | Value |\n| --- | ---:| --- | --- | --- | --- |\n| k | 1 | PUT | YYYY-MM-DD HH:MM:SS | 1 | v |\n\n",
            Normal.Form(markdown.Output));
        var json = await CliRun.CompleteAsync(["kv", "info", "shape"], fixture.Url, environment: new() { ["TESTING"] = "true" });
        Assert.Contains("\"Bucket Name\": \"shape\"", json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tracing_shows_what_the_api_is_asked_and_answers()
    {
        await RunAsync("kv", "add", "traced");
        var run = await RunAsync("kv", "info", "traced", "--trace");
        Assert.Equal(0, await run.Exit);
        var lines = Normal.Form(run.Error).TrimEnd().Split('\n');
        Assert.Equal("HH:MM:SS >>> Connected to nats://127.0.0.1:PORT", lines[0]);
        Assert.StartsWith("HH:MM:SS >>> $JS.API.STREAM.INFO.KV_traced: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("HH:MM:SS <<< {\"type\":\"io.nats.jetstream.api.v1.stream_info_response\"", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_read_from_where_the_flags_say()
    {
        await RunAsync("kv", "add", "stream", "--history", "5");
        foreach (var (key, value) in new[] { ("a", "1"), ("a", "2"), ("b", "3") })
        {
            await RunAsync("kv", "put", "stream", key, value);
        }

        Assert.Equal("1 2 3", await ReadAsync("from first received message", "--all", "-T"));
        Assert.Equal("2 3", await ReadAsync("for last message per subject", "--last-per-subject", "-T"));
        Assert.Equal("3", await ReadAsync("from last received message", "--last", "-T"));
        Assert.Equal("2 3", await ReadAsync("starting at sequence 2", "--start-sequence", "2", "--count", "2"));
        Assert.Equal("1 2 3", await ReadAsync("since 1h0m0s", "--since", "1h", "--wait", "200ms"));
        Assert.Equal("", await ReadAsync("for new messages", "--new", "-T"));

        var full = await RunAsync("sub", "$KV.stream.b", "--stream", "KV_stream", "-T");
        Assert.Equal("", full.Error);
        Assert.Equal(
            "[#1] Received JetStream message: stream: KV_stream seq: 3 / pending: 0 / subject: $KV.stream.b / time: YYYY-MM-DD HH:MM:SS\n3\n\n\n",
            Normal.Form(full.Output));
        await FailAsync("nats: API error: code=404 err_code=10059 description=stream not found", "sub", "--stream", "nosuch");
        await FailAsync("no stream found with subject: no.such", "sub", "no.such", "--all");

        async Task<string> ReadAsync(string where, params string[] flags)
        {
            var run = await RunAsync(["sub", "$KV.stream.>", "--raw", .. flags]);
            Assert.Equal(0, await run.Exit);
            Assert.Equal($"HH:MM:SS Subscribing to subject $KV.stream.> {where} \n", Normal.Form(run.Error));
            return run.Output.TrimEnd().Replace('\n', ' ');
        }
    }

    [Fact]
    public async Task Publishing_into_a_stream_tells_where_it_was_stored()
    {
        await RunAsync("kv", "add", "stored");
        var first = await RunAsync("pub", "-J", "$KV.stored.k", "v", "-H", "Nats-Msg-Id:1");
        Assert.Equal("HH:MM:SS Published 1 bytes to \"$KV.stored.k\"\nHH:MM:SS Stored in Stream: KV_stored Sequence: 1\n", Normal.Form(first.Error));
        var again = await RunAsync("pub", "-J", "$KV.stored.k", "v", "-H", "Nats-Msg-Id:1");
        Assert.EndsWith("Stored in Stream: KV_stored Sequence: 1 Duplicate: true\n", again.Error, StringComparison.Ordinal);
        var refused = await RunAsync("pub", "-J", "$KV.stored.k", "v", "-q", "-H", "Nats-Expected-Last-Sequence:9");
        Assert.Equal("nats: error: wrong last sequence: 1 (10071)\n", refused.Error);
        var nobody = await RunAsync("pub", "-J", "no.stream.here", "v", "-q");
        Assert.Equal("nats: error: nats: no responders available for request\n", nobody.Error);
        Assert.Equal(1, await nobody.Exit);
        var lines = await CliRun.CompleteAsync(["pub", "-J", "$KV.stored.k", "-q", "--send-on", "newline", "-H", "Nats-Expected-Last-Sequence:1"], fixture.Url, "a\nb\n");
        Assert.Equal(0, await lines.Exit);
        Assert.Equal("HH:MM:SS Could not publish message: wrong last sequence: 2 (10071)\n", Normal.Form(lines.Error));
    }

    private static string Block(string bucket, int values, string size = "0 B") =>
        $"""
        Information for Key-Value Store Bucket {bucket} created YYYY-MM-DD HH:MM:SS

        Configuration:

                    Bucket Name: {bucket}
                   History Kept: 1
                  Values Stored: {values}
                     Compressed: false
          Per-Key TTL Supported: false
             Backing Store Kind: JetStream
                    Bucket Size: {size}
            Maximum Bucket Size: unlimited
             Maximum Value Size: unlimited
                    Maximum Age: unlimited
               JetStream Stream: KV_{bucket}
                        Storage: File


        """ + ClusterLines;

    private async Task PutUntilSeenAsync(CliRun watch, string bucket, string key)
    {
        for (var i = 0; watch.Output.Length == 0; i++)
        {
            Assert.True(i < 100, "the watch never saw the key");
            await RunAsync("kv", "put", bucket, key, "v");
            await Task.Delay(20);
        }
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.CompleteAsync(arguments, fixture.Url);

    private async Task OkAsync(string output, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal("", run.Error);
        Assert.Equal(output, Normal.Form(run.Output));
        Assert.Equal(0, await run.Exit);
    }

    private async Task FailAsync(string error, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal($"nats: error: {error}\n", run.Error);
        Assert.Equal("", run.Output);
        Assert.Equal(1, await run.Exit);
    }

    private async Task AskAsync(string output, string answers, params string[] arguments)
    {
        var run = await CliRun.CompleteAsync(arguments, fixture.Url, answers, isTerminal: true);
        Assert.Equal("", run.Error);
        Assert.Equal(output, run.Output);
        Assert.Equal(0, await run.Exit);
    }
}
