using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Cli.Commands.Messaging;

/// <summary>The subjects of <c>--ignore-subject</c>, possibly with wildcards: their messages are neither shown nor counted.</summary>
internal sealed class IgnoredSubjects
{
    private readonly List<byte[]> _filters = [];

    public IgnoredSubjects(CommandContext context)
    {
        var subjects = new List<string>();
        foreach (var text in context.GetAll(SubscribeFlags.IgnoreSubject))
        {
            subjects.AddRange(text.Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
        }

        _filters = subjects.ConvertAll(Encoding.UTF8.GetBytes);
        Notice = subjects.Count == 0 ? "" : $"\nIgnored subjects: {string.Join(", ", subjects)}";
    }

    /// <summary>What the status line says of them; empty when there are none.</summary>
    public string Notice { get; }

    public bool Contains(string subject)
    {
        if (_filters.Count == 0)
        {
            return false;
        }

        var bytes = Encoding.UTF8.GetBytes(subject);
        return _filters.Exists(filter => Subject.Matches(bytes, filter));
    }
}
