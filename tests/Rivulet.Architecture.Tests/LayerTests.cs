using System.Text.RegularExpressions;

namespace Rivulet.Architecture.Tests;

/// <summary>What a layer's sources may speak of. The compiled references cannot tell all of it: tasks live in the core
/// library. (Ambient time and randomness are held off by the banned-symbol list of the build.)</summary>
public partial class LayerTests
{
    [Theory]
    [InlineData("Rivulet.Protocol")]
    [InlineData("Rivulet.Storage")]
    [InlineData("Rivulet.JetStream")]
    public void Layers_below_the_server_know_nothing_of_sockets(string project) => AssertNoSourceMatches(project, Sockets());

    [Theory]
    [InlineData("nats")]
    [InlineData("nats-server")]
    public void A_program_opens_no_sockets_itself_but_for_its_log(string project) =>
        AssertNoSourceMatches(project, OpenedSockets(), but: "src/nats-server/Logging/Syslog/SyslogSocket.cs");

    [Fact]
    public void The_protocol_starts_no_tasks_threads_or_timers() => AssertNoSourceMatches("Rivulet.Protocol", Threading());

    [Fact]
    public void The_client_never_sees_the_server() =>
        AssertNoSourceMatches("Rivulet.Client", ServerNamespaces());

    [GeneratedRegex(@"\bSystem\.Net\.Sockets\b")]
    private static partial Regex Sockets();

    [GeneratedRegex(@"\bnew (Socket|TcpClient|TcpListener|UdpClient)\b|\b(Socket|TcpClient|TcpListener|UdpClient) \w+ = new\b")]
    private static partial Regex OpenedSockets();

    [GeneratedRegex(@"\basync\b|\bawait\b|\bTask(<|\.|\s)|\bValueTask\b|\bnew (Thread|Timer|PeriodicTimer)\b|\bThreadPool\b")]
    private static partial Regex Threading();

    [GeneratedRegex(@"\bRivulet\.(Server|JetStream|Storage)\b")]
    private static partial Regex ServerNamespaces();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comments();

    private static void AssertNoSourceMatches(string project, Regex forbidden, string but = "")
    {
        IEnumerable<string> found = Repository.Files("*.cs", $"src/{project}")
            .Where(path => Repository.RelativePath(path) != but)
            .Select(path => (Path: path, Match: forbidden.Match(Comments().Replace(File.ReadAllText(path), ""))))
            .Where(hit => hit.Match.Success)
            .Select(hit => $"{Repository.RelativePath(hit.Path)}: {hit.Match.Value}");
        Assert.Empty(found);
    }
}
