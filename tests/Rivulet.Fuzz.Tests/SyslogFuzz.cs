using System.Text;
using Rivulet.Server.Host.Logging.Syslog;

namespace Rivulet.Fuzz.Tests;

/// <summary>Addresses of syslog servers: read, or refused with a reason that has nothing of a user in front of the host.</summary>
public class SyslogFuzz
{
    private static readonly byte[][] Corpus = Bytes(
        "udp://127.0.0.1:514", "tcp://logs.example.org:65535", "udp://[fe80::1%25eth0]:514", "udp://:514", "unix:///dev/log", "unix:/run/a%20b",
        "tcp://h:1/path?query#fragment", "udp://user:secret@h:514", "localhost:514");

    private static readonly byte[][] Fragments = Bytes(
        "udp", "tcp", "unix", ":", "//", "/", "@", "[", "]", "%", "%00", "%zz", "?", "#", "\0", "\n", "\"", "\\", " ", "ä", "::", "99999", "-1");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void An_address_is_a_place_or_an_error(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "addresses of syslog servers", mutator.Next, (input, _) =>
        {
            string text = Encoding.UTF8.GetString(input);
            SyslogAddress address;
            try
            {
                address = SyslogAddress.Parse(text);
            }
            catch (SyslogException e)
            {
                Assert.NotEmpty(e.Message);
                Assert.DoesNotContain(e.Message, char.IsControl);
                return;
            }

            Assert.Equal(address, SyslogAddress.Parse(Rewritten(address)));
            if (!address.IsPath)
                Assert.Equal(address, SyslogAddress.Parse(SyslogAddress.WithoutUser(text)));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_user_is_in_no_error_and_in_nothing_that_is_shown(FuzzLength length)
    {
        const string Secret = "hush7f3a";
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "users in addresses of syslog servers", mutator.Next, (input, random) =>
        {
            string rest = Encoding.UTF8.GetString(input);
            string text = $"{(random.Next(2) == 0 ? "udp" : "tcp")}://u:{Secret}@{rest}";
            Assert.DoesNotContain(Secret, SyslogAddress.WithoutUser(text), StringComparison.Ordinal);
            try
            {
                Assert.DoesNotContain(Secret, SyslogAddress.Parse(text).Place, StringComparison.Ordinal);
            }
            catch (SyslogException e)
            {
                Assert.DoesNotContain(Secret, e.Message, StringComparison.Ordinal);
            }
        });
    }

    private static string Rewritten(SyslogAddress address)
    {
        return address.Network switch
        {
            SyslogNetwork.UnixStream => "unix://" + string.Join('/', address.Place.Split('/').Select(Uri.EscapeDataString)),
            SyslogNetwork.Udp => $"udp://x:y@[{address.Place}]:{address.Port}",
            SyslogNetwork.Tcp => $"tcp://[{address.Place}]:{address.Port}/x",
            _ => throw new InvalidOperationException(address.ToString()),
        };
    }

    private static byte[][] Bytes(params string[] texts)
    {
        return [.. texts.Select(Encoding.UTF8.GetBytes)];
    }
}
