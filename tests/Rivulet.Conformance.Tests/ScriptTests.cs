using Rivulet.Conformance.Tests.Scripting;
using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests;

/// <summary>Every script against every target of this run.</summary>
public class ScriptTests
{
    public static IEnumerable<TheoryDataRow<string, string, string>> Cases =>
        from target in ConformanceTarget.Names
        from script in ScriptFile.All
        where target != "reference" || !script.IsOwn
        select new TheoryDataRow<string, string, string>(target, script.File, script.Title);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_server_does_what_the_script_says(string target, string file, string title)
    {
        Script script = ScriptFile.All.Single(s => s.File == file && s.Title == title);
        await using ConformanceTarget server = await ConformanceTarget.StartAsync(target, script.Settings);
        await using var runner = new ScriptRunner(server);

        await runner.RunAsync(script);
    }

    [Fact]
    public void Titles_are_unique_within_their_file()
    {
        Assert.Equal(ScriptFile.All.Count, ScriptFile.All.Select(s => (s.File, s.Title)).Distinct().Count());
        Assert.True(ScriptFile.All.Count > 50, "Scripts are missing beside the test program.");
    }
}
