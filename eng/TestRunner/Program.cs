using Rivulet.TestRunner;

TestRunOptions options;
try
{
    options = TestRunOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"test: {e.Message}");
    Console.Error.WriteLine(TestRunOptions.Usage);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(TestRunOptions.Usage);
    return 0;
}

return await new TestRun(FindRoot(), options).RunAsync();

// The program lies below the repository, in artifacts/bin/TestRunner/release.
static string FindRoot()
{
    string? folder = AppContext.BaseDirectory;
    while (folder is not null && !File.Exists(Path.Combine(folder, "Rivulet.slnx")))
    {
        folder = Path.GetDirectoryName(folder);
    }

    return folder ?? throw new InvalidOperationException("This program does not lie in a Rivulet checkout.");
}
