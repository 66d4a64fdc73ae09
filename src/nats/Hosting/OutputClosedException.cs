namespace Rivulet.Cli.Hosting;

/// <summary>The reader of our output has gone (<c>nats … | head -1</c>). The program ends without a word.</summary>
internal sealed class OutputClosedException : IOException
{
}
