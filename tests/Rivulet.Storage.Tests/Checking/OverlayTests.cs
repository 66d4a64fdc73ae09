using Rivulet.Storage.Checking;
using Rivulet.Storage.Files;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Checking;

/// <summary>A view that takes writes and leaves what is below it alone.</summary>
public sealed class OverlayTests
{
    private readonly SimulatedFileSystem _disk = new();
    private readonly OverlayFileSystem _view;

    public OverlayTests()
    {
        using (IFile file = _disk.Open("/d/a", FileOpenMode.CreateNew))
            file.Write([.. Enumerable.Range(0, 10_000).Select(i => (byte)i)], 0);
        _disk.Open("/d/b", FileOpenMode.CreateNew).Dispose();
        _disk.Open("/d/hidden", FileOpenMode.CreateNew).Dispose();
        _view = new OverlayFileSystem(_disk, new WorkMeter(null, default), new HashSet<string> { "/d/hidden" });
    }

    [Fact]
    public void Writes_are_read_back_over_what_is_there_and_do_not_reach_it()
    {
        byte[] before = _disk.ReadAll("/d/a");
        using (IFile file = _view.Open("/d/a", FileOpenMode.OpenExisting))
        {
            file.Write([1, 2, 3], 4095);
            file.Write([7], 12_000);
            file.SyncData();
        }
        using IFile again = _view.Open("/d/a", FileOpenMode.OpenExisting);
        byte[] read = new byte[20_000];
        Assert.Equal(12_001, again.Read(read, 0));
        Assert.Equal(12_001, again.LengthBytes);
        byte[] expected = [.. before, .. new byte[2001]];
        new byte[] { 1, 2, 3 }.CopyTo(expected, 4095);
        expected[12_000] = 7;
        Assert.Equal(expected, read[..12_001]);
        Assert.Equal(before, _disk.ReadAll("/d/a"));
    }

    [Fact]
    public void Files_come_and_go_here_only()
    {
        using (IFile made = _view.Open("/d/c", FileOpenMode.CreateNew))
            made.Write([5], 0);
        _view.Delete("/d/b");
        _view.SyncDirectory("/d");
        Assert.Equal(["a:10000", "c:1"], _view.List("/d").Select(entry => $"{entry.Name}:{entry.LengthBytes}"));
        Assert.Throws<FileNotFoundException>(() => _view.Open("/d/b", FileOpenMode.OpenExisting));
        Assert.Throws<FileNotFoundException>(() => _view.Open("/d/hidden", FileOpenMode.OpenExisting));
        Assert.Throws<IOException>(() => _view.Open("/d/c", FileOpenMode.CreateNew));
        Assert.Equal(["/d/a", "/d/b", "/d/hidden"], _disk.Files);
    }

    [Fact]
    public void Work_that_is_given_up_ends_at_the_next_read()
    {
        using var cancellation = new CancellationTokenSource();
        var view = new OverlayFileSystem(_disk, new WorkMeter(null, cancellation.Token), new HashSet<string>());
        using IFile file = view.Open("/d/a", FileOpenMode.ReadExisting);
        byte[] buffer = new byte[10];
        file.Read(buffer, 0);
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => file.Read(buffer, 0));
    }
}
