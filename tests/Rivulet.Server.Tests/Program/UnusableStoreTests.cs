using System.Buffers.Binary;
using System.Globalization;
using Rivulet.Protocol;
using Rivulet.TestKit.Processes;

namespace Rivulet.Server.Tests.Program;

/// <summary>Store directories on which the server program does not start: it says why, with the path, and touches nothing.</summary>
public sealed class UnusableStoreTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new("unusable-store");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_that_another_server_has_open()
    {
        await using var server = await ServerProcess.StartAsync();
        string path = Path.Combine(StoreFiles.DirectoryOf(server), "lock");

        // The first server makes a segment ahead once it is ready; after that it touches nothing.
        string second = Path.Combine(StoreFiles.DirectoryOf(server), "0000000002.log");
        string seen = "";
        for (int i = 0; i < 100 && !(File.Exists(second) && seen == StoreFiles.Fingerprint(server.StoreDirectory)); i++)
        {
            seen = StoreFiles.Fingerprint(server.StoreDirectory);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        await AssertRefusedAsync(server.StoreDirectory, $"the store directory {StoreFiles.DirectoryOf(server)} is in use by another server: {path} is locked");
        Assert.True(server.IsRunning);
    }

    [Fact]
    public async Task One_that_is_a_file()
    {
        string path = _folder.Combine("store");
        await File.WriteAllTextAsync(path, "in the way", TestContext.Current.CancellationToken);
        await AssertRefusedAsync(path, $"the store directory {Path.Combine(path, "jetstream")} cannot be used: ");
    }

    [Fact]
    public async Task One_that_holds_files_which_are_not_a_stores()
    {
        string store = await MakeStoreAsync();
        await File.WriteAllTextAsync(Path.Combine(store, "notes.txt"), "mine", TestContext.Current.CancellationToken);
        await AssertRefusedAsync(_folder.Path, $"{store} is not a store directory: it holds notes.txt");
    }

    [Fact]
    public async Task One_that_a_later_version_wrote()
    {
        string segment = Path.Combine(await MakeStoreAsync(), "0000000001.log");
        byte[] content = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        content[8] = 99;
        content.AsSpan(12, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(12), Crc32C.Compute(content.AsSpan(0, 64)));
        content.AsSpan(0, 96).CopyTo(content.AsSpan(512));
        await File.WriteAllBytesAsync(segment, content, TestContext.Current.CancellationToken);
        await AssertRefusedAsync(_folder.Path, $"{segment} was written by a later version of the server");
    }

    [Fact]
    public async Task One_with_a_segment_that_cannot_be_read()
    {
        // A directory in the place of the file: the tests may run as a user to whom everything is permitted.
        string segment = Path.Combine(await MakeStoreAsync(), "0000000001.log");
        File.Delete(segment);
        Directory.CreateDirectory(segment);
        await AssertRefusedAsync(_folder.Path, Path.GetFileName(segment));
    }

    private async Task<string> MakeStoreAsync()
    {
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { StoreDirectory = _folder.Path });
        await server.StopAsync();
        return StoreFiles.DirectoryOf(server);
    }

    private static async Task AssertRefusedAsync(string storeDirectory, string reason)
    {
        string before = StoreFiles.Fingerprint(storeDirectory);
        string port = LoopbackPort.FindFree().ToString(CultureInfo.InvariantCulture);
        ProgramRun run = await ProgramRun.RunAsync(
            BuiltPrograms.Server, ["-js", "-sd", storeDirectory, "-a", "127.0.0.1", "-p", port], Limit);
        Assert.Equal(1, run.ExitCode);
        string last = run.Errors.TrimEnd('\n').Split('\n')[^1];
        Assert.Contains($"[FTL] Can't start JetStream: ", last, StringComparison.Ordinal);
        Assert.Contains(reason, last, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(before, StoreFiles.Fingerprint(storeDirectory));
    }
}
