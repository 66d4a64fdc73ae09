namespace Rivulet.Architecture.Tests;

/// <summary>The scripts that a newcomer starts with.</summary>
public class RootScriptTests
{
    [Theory]
    [InlineData("nats-server")]
    [InlineData("nats")]
    [InlineData("test")]
    public void A_root_script_can_be_run_and_has_a_twin_for_Windows(string name)
    {
        string script = Repository.PathOf(name);
        Assert.StartsWith("#!/usr/bin/env bash\n", File.ReadAllText(script), StringComparison.Ordinal);
        Assert.True(File.Exists(script + ".cmd"), script + ".cmd");
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(script).HasFlag(UnixFileMode.UserExecute), $"{script} is not executable");
        }
    }

    [Fact]
    public void Batch_files_have_the_line_ends_that_their_interpreter_needs() =>
        Assert.All(Repository.Files("*.cmd"), path =>
        {
            string text = File.ReadAllText(path);
            Assert.Equal(text.Count(c => c == '\n'), text.Split("\r\n").Length - 1);
        });
}
