namespace Rivulet.TestKit.Processes;

/// <summary>A new folder in the system's temporary folder, deleted with all it holds when disposed.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Creates the folder; <paramref name="purpose"/> becomes part of its name.</summary>
    public TemporaryFolder(string purpose) => Path = Directory.CreateTempSubdirectory($"rivulet-{purpose}-").FullName;

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Full path of a file or folder in it, which need not exist.</summary>
    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
