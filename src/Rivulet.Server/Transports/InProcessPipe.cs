using System.IO.Pipelines;

namespace Rivulet.Server.Transports;

/// <summary>One end of an in-process connection. The two ends share two pipes, crossed over.</summary>
internal sealed class InProcessPipe : IDuplexPipe
{
    // Enough for a batch of messages to be written in one go; beyond it the writer waits for the reader.
    private const long PauseAboveBytes = 1 << 20;

    private InProcessPipe(PipeReader input, PipeWriter output)
    {
        Input = input;
        Output = output;
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>A connected pair: what is written to one end is read from the other.</summary>
    public static (InProcessPipe Client, InProcessPipe Server) CreatePair()
    {
        var options = new PipeOptions(
            pauseWriterThreshold: PauseAboveBytes,
            resumeWriterThreshold: PauseAboveBytes / 2,
            useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (new InProcessPipe(toClient.Reader, toServer.Writer), new InProcessPipe(toServer.Reader, toClient.Writer));
    }
}
