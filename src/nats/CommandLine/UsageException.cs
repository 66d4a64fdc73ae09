namespace Rivulet.Cli.CommandLine;

/// <summary>A command line that cannot be understood: told as <c>error: text</c> beside the help of the command.</summary>
internal sealed class UsageException(string message) : Exception(message);
