namespace Rivulet.Server.Host.CommandLine;

/// <summary>The command line cannot be understood. The message is for the user.</summary>
internal sealed class FlagException(string message) : Exception(message);
