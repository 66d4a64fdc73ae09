using System.Diagnostics.CodeAnalysis;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Tests.Configuration;

/// <summary>Files and variables that a test makes up.</summary>
internal sealed class MemorySource : IConfigSource
{
    public Dictionary<string, string> Files { get; } = [];

    public Dictionary<string, string> Variables { get; } = [];

    public static MemorySource With(string text)
    {
        return new MemorySource { Files = { ["a.conf"] = text } };
    }

    public string ReadFile(string path)
    {
        return Files.TryGetValue(path, out string? text)
            ? text
            : throw new IOException($"open {path}: no such file or directory");
    }

    public bool TryGetVariable(string name, [NotNullWhen(true)] out string? value)
    {
        return Variables.TryGetValue(name, out value);
    }
}
