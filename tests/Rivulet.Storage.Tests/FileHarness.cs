using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Files;

namespace Rivulet.Storage.Tests;

/// <summary>A file store in a temporary directory, with its own threads and small segments.</summary>
public sealed class FileHarness : StoreHarness
{
    private readonly GatedFileSystem _fileSystem = new(PhysicalFileSystem.Instance);
    private readonly string _directory = Directory.CreateTempSubdirectory("rivulet-store-").FullName;

    public override bool IsLasting => true;

    public override long AccountedOverheadBytes => 30;

    public override async Task<MessageStore> OpenAsync()
    {
        var options = new FileStoreOptions { Directory = Path.Combine(_directory, "store"), SegmentBytes = 64 << 10 };
        return await FileMessageStore.OpenAsync(
            options, _fileSystem, Time, new Random(1), NullLogger.Instance);
    }

    public override IDisposable? HoldCommits() => _fileSystem.Hold();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _fileSystem.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
