namespace Rivulet.Conformance.Tests.Recording;

/// <summary>A request and what the reference server answered. <c>Recordings/README.md</c> in the sources describes the form.</summary>
internal sealed class RecordedStep(string request)
{
    /// <summary>The request, as written.</summary>
    public string Request { get; } = request;

    /// <summary>The answers, without what differs from run to run.</summary>
    public List<string> Answers { get; } = [];
}

/// <summary>Requests to a server that has just been started, one after the other.</summary>
internal sealed class RecordedDialogue(string file, string title)
{
    public string File { get; } = file;

    public string Title { get; } = title;

    public List<RecordedStep> Steps { get; } = [];
}

/// <summary>Reads the recordings beside the test program, and writes them where their sources are.</summary>
internal static class RecordingFile
{
    private const string TitleMark = "=== ";
    private const string AnswerIndent = "    ";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Recordings");

    /// <summary>The dialogues of every file.</summary>
    public static IReadOnlyList<RecordedDialogue> All { get; } =
        [.. Paths(Folder).SelectMany(path => Read(path).Dialogues)];

    /// <summary>The recordings in a folder of sources.</summary>
    public static IEnumerable<string> Paths(string folder) =>
        Directory.GetFiles(folder, "*.txt").Where(path => !path.EndsWith("deviations.txt", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <returns>What stands before the first dialogue, and the dialogues.</returns>
    public static (string Head, List<RecordedDialogue> Dialogues) Read(string path)
    {
        var dialogues = new List<RecordedDialogue>();
        string head = "";
        foreach (string line in File.ReadLines(path).Select(line => line.TrimEnd()))
        {
            if (line.StartsWith(TitleMark, StringComparison.Ordinal))
                dialogues.Add(new RecordedDialogue(Path.GetFileNameWithoutExtension(path), line[TitleMark.Length..]));
            else if (dialogues.Count == 0)
                head += line + "\n";
            else if (line.StartsWith(AnswerIndent, StringComparison.Ordinal))
                dialogues[^1].Steps[^1].Answers.Add(line[AnswerIndent.Length..]);
            else if (line.Length > 0)
                dialogues[^1].Steps.Add(new RecordedStep(line));
        }

        return (head, dialogues);
    }

    /// <summary>Writes a file.</summary>
    public static void Write(string path, string head, IEnumerable<RecordedDialogue> dialogues)
    {
        using var file = new StreamWriter(path) { NewLine = "\n" };
        file.Write(head);
        bool isFirst = true;
        foreach (RecordedDialogue dialogue in dialogues)
        {
            if (!isFirst)
                file.WriteLine();
            isFirst = false;
            file.WriteLine(TitleMark + dialogue.Title);
            foreach (RecordedStep step in dialogue.Steps)
            {
                file.WriteLine(step.Request);
                foreach (string answer in step.Answers)
                    file.WriteLine(AnswerIndent + answer);
            }
        }
    }
}
