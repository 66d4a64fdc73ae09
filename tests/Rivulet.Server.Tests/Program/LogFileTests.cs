using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Host.Logging;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary>The log file turns over when it is full, and keeps no more files than it may.</summary>
public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("log-file");
    private readonly ManualTimeProvider _time = new();

    private string[] Backups => [.. Directory.GetFiles(_folder.Path).Where(path => path != LogPath).Order(StringComparer.Ordinal)];

    private string LogPath => _folder.Combine("s.log");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public void A_full_file_is_put_aside_and_the_oldest_go()
    {
        using var log = new LogFile(LogPath, bytesMax: 10, filesMax: 3, _time);
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            log.Write(LogLevel.Information, "12345"u8);
            Assert.Null(log.Turn());
            log.Write(LogLevel.Information, Encoding.ASCII.GetBytes($"678{i}\n"));
            string? turned = log.Turn();
            Assert.Equal($"Rotated log, backup saved as \"{Backups[^1]}\"", turned);
        }

        Assert.Equal(2, Backups.Length);
        Assert.Equal(["123456783\n", "123456784\n"], Backups.Select(File.ReadAllText));
        Assert.Equal("", File.ReadAllText(LogPath));
    }

    [Fact]
    public void Without_a_limit_it_grows_and_an_existing_file_is_continued()
    {
        File.WriteAllText(LogPath, "before\n");
        using (var log = new LogFile(LogPath, bytesMax: 0, filesMax: 0, _time))
        {
            log.Write(LogLevel.Information, "after\n"u8);
            Assert.Null(log.Turn());
        }

        Assert.Equal("before\nafter\n", File.ReadAllText(LogPath));
        Assert.Empty(Backups);
    }

    [Fact]
    public void Without_a_limit_of_files_all_are_kept()
    {
        using var log = new LogFile(LogPath, bytesMax: 1, filesMax: 0, _time);
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            log.Write(LogLevel.Information, "x"u8);
            Assert.NotNull(log.Turn());
        }

        Assert.Equal(4, Backups.Length);
    }
}
