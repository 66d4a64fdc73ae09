namespace Rivulet.Server.Configuration.Language;

/// <summary>A configuration file cannot be read. The message says where and why, in the reference server's form.</summary>
internal sealed class ConfigSyntaxException(string message) : Exception(message);
