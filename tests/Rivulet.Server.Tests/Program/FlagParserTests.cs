using Rivulet.Server.Host.CommandLine;
using Rivulet.Storage;

namespace Rivulet.Server.Tests.Program;

/// <summary>The command line, read as the reference reads it.</summary>
public class FlagParserTests
{
    [Theory]
    [InlineData("-p", "4333")]
    [InlineData("--p", "4333")]
    [InlineData("-port", "4333")]
    [InlineData("--port=4333")]
    [InlineData("-p=4333")]
    [InlineData("-p", "0x10ed")]
    public void One_dash_or_two_and_a_value_behind_a_blank_or_an_equals_sign(params string[] arguments)
    {
        Assert.Equal(4333, Parse(arguments).Server.Port);
    }

    [Fact]
    public void Every_flag_reaches_its_setting()
    {
        var settings = Parse(
            "-a", "::1", "-p", "-1", "-n", "rill", "-P", "pid", "--ports_file_dir", "dir", "-l", "log", "-T=false",
            "--logtime_utc", "-DV", "--max_traced_msg_len", "10", "-js", "-sd", "store", "--sync_interval", "1m30s");
        Assert.Equal(("::1", -1, "rill", 10), (settings.Server.Host, settings.Server.Port, settings.Server.ServerName, settings.Server.MaxTracedMessageLength));
        Assert.Equal(("pid", "dir", "log"), (settings.PidFile, settings.PortsFileDirectory, settings.LogFile));
        Assert.Equal((false, true, true, true), (settings.LogTime, settings.LogTimeUtc, settings.Debug, settings.Trace));
        Assert.Equal((true, "store"), (settings.JetStreamEnabled, settings.JetStream.StoreDirectory));
        Assert.Equal(SyncPolicy.Interval(TimeSpan.FromSeconds(90)), settings.JetStream.SyncPolicy);
    }

    [Fact]
    public void The_flags_around_configuration_reach_their_settings()
    {
        var settings = Parse("-m", "8222", "--client_advertise", "h:1", "--log_size_limit", "5", "-c", "a.conf", "-t", "-sl", "reload=5");
        Assert.Equal((8222, "h:1", 5L), (settings.Server.HttpPort, settings.Server.ClientAdvertise, settings.LogSizeLimit));
        Assert.Equal(("a.conf", true, "reload=5"), (settings.ConfigFile, settings.CheckConfig, settings.Signal));
        Assert.True(Parse("-VV").Trace && Parse("-DVV").Debug);
    }

    [Fact]
    public void Where_the_log_goes_may_be_taken_back()
    {
        var settings = Parse("-l", "file", "-s", "-r", "udp://h:514");
        Assert.Equal(("file", true, "udp://h:514"), (settings.LogFile, settings.Syslog, settings.RemoteSyslog));
        settings = Parse("--syslog", "--remote_syslog=tcp://h:1");
        Assert.Equal((true, "tcp://h:1"), (settings.Syslog, settings.RemoteSyslog));
        settings = new FlagParser(ServerFlags.All).Parse(["-l", "", "-s=false", "-r="], out _, new ServerSettings { LogFile = "f", Syslog = true, RemoteSyslog = "r" });
        Assert.Equal((null, false, null), (settings.LogFile, settings.Syslog, settings.RemoteSyslog));
    }

    [Fact]
    public void Flags_win_over_what_was_set_before_and_leave_the_rest()
    {
        var before = new ServerSettings { Debug = true, PidFile = "p", Server = new NatsServerOptions { Port = 1, Host = "::1" } };
        var settings = new FlagParser(ServerFlags.All).Parse(["-p", "2", "-D=false"], out _, before);
        Assert.Equal((2, "::1", false, "p"), (settings.Server.Port, settings.Server.Host, settings.Debug, settings.PidFile));
    }

    [Fact]
    public void Without_flags_the_defaults_are_the_references()
    {
        var settings = Parse();
        Assert.Equal(("0.0.0.0", 4222, false, true), (settings.Server.Host, settings.Server.Port, settings.JetStreamEnabled, settings.LogTime));
        Assert.Equal(SyncPolicy.Always, settings.JetStream.SyncPolicy);
        Assert.Equal(Path.Combine(Path.GetTempPath(), "nats", "jetstream"), settings.JetStream.EffectiveStoreDirectory);
    }

    [Theory]
    [InlineData("-js")]
    [InlineData("--jetstream=true")]
    [InlineData("-js=1")]
    [InlineData("-js=T")]
    public void A_switch_is_on_alone_or_with_a_true_value(string argument)
    {
        Assert.True(Parse(argument).JetStreamEnabled);
        Assert.False(Parse(argument, "-js=false").JetStreamEnabled);
    }

    [Theory]
    [InlineData("flag provided but not defined: -bogus", "-bogus")]
    [InlineData("flag provided but not defined: -bogus", "--bogus=1")]
    [InlineData("flag needs an argument: -p", "-p")]
    [InlineData("invalid value \"abc\" for flag -p: parse error", "-p", "abc")]
    [InlineData("invalid value \"99999999999\" for flag -port: parse error", "--port", "99999999999")]
    [InlineData("invalid boolean value \"maybe\" for -js: parse error", "--js=maybe")]
    [InlineData("invalid value \"2\" for flag -sync_interval: parse error", "--sync_interval", "2")]
    [InlineData("invalid value \"-1s\" for flag -sync_interval: parse error", "--sync_interval=-1s")]
    [InlineData("bad flag syntax: ---p", "---p")]
    [InlineData("bad flag syntax: -=1", "-=1")]
    public void What_cannot_be_read_is_told_in_the_references_words(string message, params string[] arguments)
    {
        Assert.Equal(message, Assert.Throws<FlagException>(() => Parse(arguments)).Message);
    }

    [Theory]
    [InlineData("cluster_name", "--cluster_name", "x")]
    [InlineData("routes", "-routes", "nats://h")]
    public void A_flag_for_what_is_not_there_yet_is_named(string flag, params string[] arguments)
    {
        Assert.Equal(flag, Parse(arguments).Unsupported);
    }

    [Fact]
    public void Credentials_are_flags_and_empty_ones_are_none()
    {
        var authorization = Parse("--user", "a", "--pass=b").Server.Authorization!;
        Assert.Equal(("a", "b", null), (authorization.User, authorization.Password, authorization.Token));
        Assert.Equal("t", Parse("-auth", "t").Server.Authorization!.Token);
        Assert.Null(Parse("--user=", "--auth=").Server.Authorization);
    }

    [Fact]
    public void A_switch_turned_off_asks_for_nothing()
    {
        Assert.Null(Parse("-tls=false", "-no_advertise=false").Unsupported);
    }

    [Fact]
    public void Words_end_the_flags()
    {
        new FlagParser(ServerFlags.All).Parse(["-D", "extra", "-js"], out var words);
        Assert.Equal(["extra", "-js"], words);
        new FlagParser(ServerFlags.All).Parse(["-D", "--", "-js"], out words);
        Assert.Equal(["-js"], words);
    }

    private static ServerSettings Parse(params string[] arguments)
    {
        var settings = new FlagParser(ServerFlags.All).Parse(arguments, out var words);
        Assert.Empty(words);
        return settings;
    }
}
