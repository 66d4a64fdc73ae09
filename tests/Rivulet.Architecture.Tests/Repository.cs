using Rivulet.TestKit.Processes;

namespace Rivulet.Architecture.Tests;

/// <summary>The files of the checkout that the tests read.</summary>
internal static class Repository
{
    private static readonly string[] s_foreignFolders = ["artifacts", "node_modules", ".git", ".vs", ".idea", "BenchmarkDotNet.Artifacts"];

    /// <summary>Full path of the checkout's folder.</summary>
    public static string Root => BuiltPrograms.RepositoryRoot;

    /// <summary>Full path of something in it.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The path from the checkout's folder on, with forward slashes.</summary>
    public static string RelativePath(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Full paths of the files below a folder of the checkout, without those that builds and tools leave.</summary>
    public static IEnumerable<string> Files(string pattern, string under = "")
    {
        var folder = new DirectoryInfo(PathOf(under));
        foreach (FileInfo file in folder.EnumerateFiles(pattern))
        {
            yield return file.FullName;
        }

        foreach (DirectoryInfo child in folder.EnumerateDirectories().Where(child => !s_foreignFolders.Contains(child.Name)))
        {
            foreach (string file in Files(pattern, child.FullName))
            {
                yield return file;
            }
        }
    }
}
