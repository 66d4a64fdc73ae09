using System.Xml.Linq;

namespace Rivulet.TestRunner;

/// <summary>One test project of the solution, and the program that its build leaves.</summary>
/// <param name="Name">The project's name, which is its program's too.</param>
/// <param name="ProjectFile">Full path of the project file.</param>
/// <param name="Program">Full path of the test program.</param>
/// <param name="RunsBesideOthers">
/// Whether its tests neither measure time nor start processes, so that it may share the processors with another project.
/// Stated by the project itself as <c>&lt;TestLane&gt;shared&lt;/TestLane&gt;</c>; a project that says nothing runs alone.
/// </param>
internal sealed record TestProject(string Name, string ProjectFile, string Program, bool RunsBesideOthers)
{
    /// <summary>The test projects that the solution lists, by name.</summary>
    public static IReadOnlyList<TestProject> ReadAll(string solutionFile)
    {
        string root = Path.GetDirectoryName(solutionFile)!;
        return
        [
            .. XDocument.Load(solutionFile).Descendants("Project")
                .Select(project => Path.GetFullPath(project.Attribute("Path")!.Value, root))
                .Select(path => (Path: path, Xml: XDocument.Load(path)))
                .Where(project => IsTestProject(project.Path, project.Xml))
                .Select(project => Create(root, project.Path, project.Xml))
                .OrderBy(project => project.Name, StringComparer.Ordinal),
        ];
    }

    private static bool IsTestProject(string path, XDocument xml) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(path))) == "tests"
        && ValueOf(xml, "IsTestProject") != "false";

    private static TestProject Create(string root, string path, XDocument xml)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        string program = Path.Combine(root, "artifacts", "bin", name, "release", name);
        return new TestProject(
            name, path, OperatingSystem.IsWindows() ? program + ".exe" : program, ValueOf(xml, "TestLane") == "shared");
    }

    private static string? ValueOf(XDocument xml, string property) => xml.Descendants(property).FirstOrDefault()?.Value;
}
