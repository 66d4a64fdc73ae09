namespace Rivulet.Cli;

/// <summary>
/// A failure that the user is told of in one line, <c>nats: error: text</c>, and that ends the program with exit code 1.
/// The message is the text after that prefix.
/// </summary>
internal sealed class CliException : Exception
{
    public CliException(string message)
        : base(message)
    {
    }

    public CliException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
