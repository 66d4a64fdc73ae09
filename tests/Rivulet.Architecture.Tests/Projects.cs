using System.Xml.Linq;

namespace Rivulet.Architecture.Tests;

/// <summary>The projects under <c>src</c>, and which of them each may see.</summary>
internal static class Projects
{
    /// <summary>
    /// The arrows of the design: a project sees what stands here and nothing else of ours. A new project, or a new arrow,
    /// is entered here in the change that brings it.
    /// </summary>
    public static IReadOnlyDictionary<string, string[]> MayReference { get; } = new Dictionary<string, string[]>
    {
        ["Rivulet.Protocol"] = [],
        ["Rivulet.Storage"] = ["Rivulet.Protocol"],
        ["Rivulet.JetStream"] = ["Rivulet.Protocol", "Rivulet.Storage"],
        ["Rivulet.Server"] = ["Rivulet.Protocol", "Rivulet.Storage", "Rivulet.JetStream"],
        ["Rivulet.Client"] = ["Rivulet.Protocol"],
        ["nats-server"] = ["Rivulet.Protocol", "Rivulet.Storage", "Rivulet.JetStream", "Rivulet.Server"],
        ["nats"] = ["Rivulet.Protocol", "Rivulet.Client"],
    };

    /// <summary>Full path of a project file under <c>src</c>.</summary>
    public static string FileOf(string project) => Repository.PathOf($"src/{project}/{project}.csproj");

    /// <summary>The project file.</summary>
    public static XDocument Read(string project) => XDocument.Load(FileOf(project));

    /// <summary>Full path of the assembly that the project's build left.</summary>
    public static string AssemblyOf(string project)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Repository.PathOf($"artifacts/bin/{project}/{configuration}/{project}.dll");
    }
}
