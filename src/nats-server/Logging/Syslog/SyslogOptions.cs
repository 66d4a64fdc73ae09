using System.Net;

namespace Rivulet.Server.Host.Logging.Syslog;

/// <summary>Where messages go, who they are from, and how much waits for a daemon that does not take them.</summary>
internal sealed record SyslogOptions
{
    /// <summary>Where the daemon may listen; the first place that answers is taken.</summary>
    public required IReadOnlyList<SyslogAddress> Addresses { get; init; }

    /// <summary>What kind of program this is.</summary>
    public SyslogFacility Facility { get; init; } = SyslogFacility.Daemon;

    /// <summary>The program's name: the one that it was started by, where the platform tells that.</summary>
    public string Tag { get; init; } = NameOf(Environment.GetCommandLineArgs()[0]);

    /// <summary>The process.</summary>
    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>The machine.</summary>
    public string HostName { get; init; } = Dns.GetHostName();

    /// <summary>Tells the time of messages.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where to say that messages do not get through.</summary>
    public Action<string> Trouble { get; init; } = SayOnErrorStream;

    /// <summary>Most bytes of messages that wait, apart from as many that are being sent.</summary>
    public int WaitingBytesMax { get; init; } = 1 << 20;

    /// <summary>How long a connection attempt may take, and a send of which nothing goes.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the end of the log waits for what is not sent yet.</summary>
    public TimeSpan EndLimit { get; init; } = TimeSpan.FromSeconds(2);

    private static void SayOnErrorStream(string text)
    {
        try
        {
            Console.Error.WriteLine(text);
        }
        catch (IOException)
        {
            // Then there is nobody left who could be told.
        }
    }

    private static string NameOf(string program)
    {
        string name = Path.GetFileName(program);
        return Path.GetExtension(name) is ".dll" or ".exe" ? Path.GetFileNameWithoutExtension(name) : name;
    }
}
