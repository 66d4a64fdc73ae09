using Rivulet.Server.Host.Logging.Syslog;

namespace Rivulet.Server.Tests.Program.Syslog;

/// <summary>Addresses of syslog servers, read as the reference reads them.</summary>
public class SyslogAddressTests
{
    [Theory]
    [InlineData("udp://127.0.0.1:514", SyslogNetwork.Udp, "127.0.0.1", 514)]
    [InlineData("UDP://127.0.0.1:514", SyslogNetwork.Udp, "127.0.0.1", 514)]
    [InlineData("tcp://logs.example.org:65535", SyslogNetwork.Tcp, "logs.example.org", 65535)]
    [InlineData("udp://[::1]:514", SyslogNetwork.Udp, "::1", 514)]
    [InlineData("udp://:514", SyslogNetwork.Udp, "", 514)]
    [InlineData("udp://h:514/path?query#fragment", SyslogNetwork.Udp, "h", 514)]
    [InlineData("udp://h:514?query", SyslogNetwork.Udp, "h", 514)]
    [InlineData("udp://user:secret@h:514", SyslogNetwork.Udp, "h", 514)]
    [InlineData("unix:///run/log", SyslogNetwork.UnixStream, "/run/log", 0)]
    [InlineData("unix:/run/log", SyslogNetwork.UnixStream, "/run/log", 0)]
    [InlineData("unix://host/run/log?query", SyslogNetwork.UnixStream, "/run/log", 0)]
    [InlineData("unix:///run/a%20b", SyslogNetwork.UnixStream, "/run/a b", 0)]
    [InlineData("unix:///run/a@b", SyslogNetwork.UnixStream, "/run/a@b", 0)]
    public void An_address_is_a_network_and_a_place(string text, object network, string place, int port)
    {
        Assert.Equal(new SyslogAddress((SyslogNetwork)network, place, port), SyslogAddress.Parse(text));
    }

    [Theory]
    [InlineData("foo", "error invalid network type: \"\"")]
    [InlineData("localhost:514", "error invalid network type: \"localhost\"")]
    [InlineData("udp4://127.0.0.1:1", "error invalid network type: \"udp4\"")]
    [InlineData("unixgram:///dev/log", "error invalid network type: \"unixgram\"")]
    [InlineData("127.0.0.1:514", "parse \"127.0.0.1:514\": first path segment in URL cannot contain colon")]
    [InlineData(":514", "parse \":514\": missing protocol scheme")]
    [InlineData("udp://a\tb:1", "parse \"udp://a\\x09b:1\": net/url: invalid control character in URL")]
    [InlineData("udp:127.0.0.1:514", "error connecting to syslog: \"dial udp: missing address\"")]
    [InlineData("udp://", "error connecting to syslog: \"dial udp: missing address\"")]
    [InlineData("udp://127.0.0.1", "error connecting to syslog: \"dial udp: address 127.0.0.1: missing port in address\"")]
    [InlineData("tcp://[::1]", "error connecting to syslog: \"dial tcp: address [::1]: missing port in address\"")]
    [InlineData("udp://::1:514", "error connecting to syslog: \"dial udp: address ::1:514: too many colons in address\"")]
    [InlineData("udp://127.0.0.1:99999", "error connecting to syslog: \"dial udp: address 99999: invalid port\"")]
    [InlineData("udp://127.0.0.1:syslog", "parse \"udp://127.0.0.1:syslog\": invalid port \":syslog\" after host")]
    [InlineData("udp://[::1", "parse \"udp://[::1\": missing ']' in host")]
    [InlineData("udp://a b:1", "parse \"udp://a b:1\": invalid character \" \" in host name")]
    [InlineData("unix://u", "error connecting to syslog: \"dial unix: missing address\"")]
    [InlineData("unix:u", "error connecting to syslog: \"dial unix: missing address\"")]
    [InlineData("unix:///a%zz", "parse \"unix:///a%zz\": invalid URL escape \"%zz\"")]
    [InlineData("unix:///a%0", "parse \"unix:///a%0\": invalid URL escape \"%0\"")]
    [InlineData("unix:///a%00", "error connecting to syslog: \"dial unix: connect: invalid argument\"")]
    public void What_is_no_address_is_told_in_the_references_words(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<SyslogException>(() => SyslogAddress.Parse(text)).Message);
    }

    [Theory]
    [InlineData("tcp://user:hush@h:x", "parse \"tcp://h:x\": invalid port \":x\" after host")]
    [InlineData("udp://u:hu/sh@h:x", "parse \"udp://h:x\": invalid port \":x\" after host")]
    [InlineData("udp://u:hush@", "error connecting to syslog: \"dial udp: missing address\"")]
    [InlineData("udp:hush@h", "error connecting to syslog: \"dial udp: missing address\"")]
    [InlineData("9:hush@h", "parse \"h\": first path segment in URL cannot contain colon")]
    public void A_user_in_front_of_the_host_is_not_told(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<SyslogException>(() => SyslogAddress.Parse(text)).Message);
        Assert.DoesNotContain("hush", SyslogAddress.WithoutUser(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Daemons_of_this_machine_are_looked_for_as_datagrams_and_then_as_streams()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        Assert.Equal(
            ["UnixDatagram /dev/log", "UnixDatagram /var/run/syslog", "UnixDatagram /var/run/log", "UnixStream /dev/log", "UnixStream /var/run/syslog", "UnixStream /var/run/log"],
            SyslogAddress.Local.Select(address => $"{address.Network} {address.Place}"));
    }
}
