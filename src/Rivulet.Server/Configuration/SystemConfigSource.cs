using System.Diagnostics.CodeAnalysis;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration;

/// <summary>The files and the environment of this process.</summary>
internal sealed class SystemConfigSource : IConfigSource
{
    private SystemConfigSource()
    {
    }

    /// <summary>The only one there need be.</summary>
    public static SystemConfigSource Instance { get; } = new();

    /// <inheritdoc/>
    public string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"open {path}: {Reason(path, e)}", e);
        }
    }

    /// <inheritdoc/>
    public bool TryGetVariable(string name, [NotNullWhen(true)] out string? value)
    {
        value = name.Contains('\0', StringComparison.Ordinal) ? null : Environment.GetEnvironmentVariable(name);
        return value is not null;
    }

    private static string Reason(string path, Exception e)
    {
        return e switch
        {
            FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
            _ when Directory.Exists(path) => "is a directory",
            UnauthorizedAccessException => "permission denied",
            _ => e.Message,
        };
    }
}
