using Rivulet.Conformance.Tests.Targets;

namespace Rivulet.Conformance.Tests.Scripting;

/// <summary>Reads the scripts beside the test program. <c>Scripts/README.md</c> in the sources describes their form.</summary>
internal static class ScriptFile
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Scripts");

    /// <summary>Every script of every file.</summary>
    public static IReadOnlyList<Script> All { get; } =
        [.. Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal).SelectMany(Read)];

    private static IEnumerable<Script> Read(string path)
    {
        string file = Path.GetFileNameWithoutExtension(path);
        Script? script = null;
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.StartsWith("===", StringComparison.Ordinal))
            {
                if (script is not null)
                    yield return script;
                script = new Script(file, line[3..].Trim());
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                (script ?? throw new FormatException($"{path}:{number}: a step before the first title")).Take(line, number);
            }
        }

        if (script is not null)
            yield return script;
    }
}

/// <summary>One script: a title, the settings of its server, and its steps.</summary>
internal sealed class Script(string file, string title)
{
    private const string SettingsPrefix = "server:";

    private readonly List<ScriptStep> _steps = [];

    public string File { get; } = file;

    public string Title { get; } = title;

    /// <summary>Whether it is about what only our server does.</summary>
    public bool IsOwn => File.StartsWith("own-", StringComparison.Ordinal);

    public ServerSettings Settings { get; private set; } = ServerSettings.Parse("");

    public IReadOnlyList<ScriptStep> Steps => _steps;

    public void Take(string line, int number)
    {
        if (line.StartsWith(SettingsPrefix, StringComparison.Ordinal))
            Settings = ServerSettings.Parse(line[SettingsPrefix.Length..]);
        else
            _steps.Add(ScriptStep.Parse(line, number));
    }
}
