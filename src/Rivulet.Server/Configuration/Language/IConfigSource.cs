using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Server.Configuration.Language;

/// <summary>Where the texts of files and the values of the environment come from.</summary>
internal interface IConfigSource
{
    /// <summary>The text of a file.</summary>
    /// <exception cref="IOException">It cannot be read; the message is for the user and names the file.</exception>
    string ReadFile(string path);

    /// <summary>A variable of the environment.</summary>
    bool TryGetVariable(string name, [NotNullWhen(true)] out string? value);
}
