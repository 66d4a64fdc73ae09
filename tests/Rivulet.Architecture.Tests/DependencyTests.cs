using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Rivulet.Architecture.Tests;

/// <summary>Dependencies point one way, from the programs down to the protocol.</summary>
public class DependencyTests
{
    public static TheoryData<string> SourceProjects => [.. Projects.MayReference.Keys];

    [Fact]
    public void Every_project_under_src_has_its_arrows_written_down()
    {
        IEnumerable<string> found = Repository.Files("*.csproj", "src").Select(path => Path.GetFileNameWithoutExtension(path)!);
        Assert.Equal(Projects.MayReference.Keys.Order(), found.Order());
    }

    [Fact]
    public void The_arrows_have_no_circle()
    {
        // Each project's list holds what it sees, directly or not; a circle would put a project into its own list.
        foreach ((string project, string[] sees) in Projects.MayReference)
        {
            Assert.DoesNotContain(project, sees);
            Assert.Empty(sees.SelectMany(seen => Projects.MayReference[seen]).Except(sees));
        }
    }

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void A_project_references_only_projects_below_it(string project)
    {
        IEnumerable<string> referenced = Projects.Read(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(referenced.Except(Projects.MayReference[project]));
    }

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void A_compiled_assembly_uses_only_assemblies_below_it(string project)
    {
        IEnumerable<string> referenced = AssemblyReferencesOf(project).Where(Projects.MayReference.ContainsKey);
        Assert.Empty(referenced.Except(Projects.MayReference[project]));
    }

    [Theory]
    [InlineData("Rivulet.Protocol", "System.Net.Sockets", "System.Threading.Thread", "System.Threading.ThreadPool")]
    [InlineData("Rivulet.Storage", "System.Net.Sockets", "System.Text.Json")]
    [InlineData("Rivulet.JetStream", "System.Net.Sockets", "System.Net.Security")]
    public void A_layer_does_without_what_is_not_its_business(string project, params string[] strangers)
    {
        Assert.Empty(AssemblyReferencesOf(project).Intersect(strangers));
    }

    [Theory]
    [InlineData("nats-server")]
    [InlineData("nats")]
    public void A_program_is_called_what_the_reference_calls_it(string project)
    {
        XElement name = Assert.Single(Projects.Read(project).Descendants("AssemblyName"));
        Assert.Equal(project, name.Value);
        Assert.Equal("Exe", Assert.Single(Projects.Read(project).Descendants("OutputType")).Value);
        string program = Path.ChangeExtension(Projects.AssemblyOf(project), OperatingSystem.IsWindows() ? ".exe" : null);
        Assert.True(File.Exists(program), program);
    }

    [Fact]
    public void The_solution_lists_every_project()
    {
        string[] folders = ["bench", "eng", "samples", "src", "tests"];
        IEnumerable<string> found = folders.Where(folder => Directory.Exists(Repository.PathOf(folder)))
            .SelectMany(folder => Repository.Files("*.csproj", folder)).Select(Repository.RelativePath);
        IEnumerable<string> listed = XDocument.Load(Repository.PathOf("Rivulet.slnx")).Descendants("Project")
            .Select(project => project.Attribute("Path")!.Value.Replace('\\', '/'));
        Assert.Equal(found.Order(), listed.Order());
    }

    private static IReadOnlyList<string> AssemblyReferencesOf(string project)
    {
        using var file = new PEReader(File.OpenRead(Projects.AssemblyOf(project)));
        MetadataReader metadata = file.GetMetadataReader();
        return
        [
            .. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)),
        ];
    }
}
