namespace Rivulet.TestRunner;

/// <summary>What the command line of <c>./test</c> asks for.</summary>
internal sealed class TestRunOptions
{
    /// <summary>Run the projects whose name contains one of these; none: all.</summary>
    public List<string> NameParts { get; } = [];

    /// <summary>Run the tests whose full name contains one of these; none: all.</summary>
    public List<string> TestNameParts { get; } = [];

    /// <summary>Handed to every test program as they are.</summary>
    public List<string> PassedOn { get; } = [];

    /// <summary>Run the tests marked explicit (long campaigns) in place of the usual ones.</summary>
    public bool Campaigns { get; private set; }

    /// <summary>The programs are there already, built from the sources as they are.</summary>
    public bool NoBuild { get; private set; }

    /// <summary>Test the programs that the scripts at the root start, in place of those that the solution's build leaves.</summary>
    public bool Published { get; private set; }

    /// <summary>Only print what the options are.</summary>
    public bool Help { get; private set; }

    /// <summary>Whether fewer than all tests of a project are meant to run, so that none may match.</summary>
    public bool IsSelective => TestNameParts.Count > 0 || PassedOn.Count > 0 || Campaigns;

    public const string Usage =
        """
        usage: ./test [<part of a project's name> ...] [--filter <part of a test's name>] [--campaigns] [--no-build]
                      [--published] [-- <options of the test programs>]

        Builds the solution (Release) and runs the test projects; the last line says how many tests passed and failed.

          ./test                          everything
          ./test storage protocol         the projects whose name contains one of the words
          ./test jetstream --filter Purge the tests whose full name contains "Purge"
          ./test fuzz --campaigns         the long campaigns of a project, which usual runs leave out
          ./test interop --published      the programs as ./nats-server and ./nats start them: compiled ahead of time
          ./test server -- -stopOnFail    what follows "--" goes to the test programs (try -- -?)
        """;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">An option is unknown or lacks its value; the message says which.</exception>
    public static TestRunOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TestRunOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            switch (argument)
            {
                case "--":
                    options.PassedOn.AddRange(arguments.Skip(i + 1));
                    return options;
                case "--filter":
                    options.TestNameParts.Add(++i < arguments.Count
                        ? arguments[i] : throw new FormatException("--filter needs a part of a test's name"));
                    break;
                case "--campaigns":
                    options.Campaigns = true;
                    break;
                case "--no-build":
                    options.NoBuild = true;
                    break;
                case "--published":
                    options.Published = true;
                    break;
                case "-h" or "--help":
                    options.Help = true;
                    break;
                default:
                    if (argument.StartsWith('-'))
                    {
                        throw new FormatException($"unknown option '{argument}'");
                    }

                    options.NameParts.Add(argument);
                    break;
            }
        }

        return options;
    }
}
