using System.Text;

namespace Rivulet.JetStream.Consumers.Push;

/// <summary>
/// How many bytes a push consumer may have under way to its client. At half of the window it asks the client to answer;
/// past the window it stops until the answer comes. Each answer doubles the window, up to a limit.
/// </summary>
/// <remarks>Guarded by the consumer's lock.</remarks>
internal sealed class FlowControlWindow
{
    private const long WindowBytesMax = 32 * 1024 * 1024;
    private const long WindowBytesAtStart = WindowBytesMax / 16;
    private const int TokenLength = 4;

    private readonly byte[] _reply;
    private long _windowBytes = WindowBytesAtStart;
    private long _underWayBytes;
    private long _coveredBytes;

    /// <summary>A fresh window for a consumer.</summary>
    /// <param name="place">What the subjects of its answers say of it.</param>
    public FlowControlWindow(string place)
    {
        byte[] prefix = Encoding.UTF8.GetBytes($"$JS.FC.{place}.");
        _reply = new byte[prefix.Length + TokenLength];
        prefix.CopyTo(_reply, 0);
    }

    /// <summary>Whether more may be sent.</summary>
    public bool IsOpen => _underWayBytes <= _windowBytes;

    /// <summary>Whether an answer is awaited.</summary>
    public bool IsAwaitingAnswer { get; private set; }

    /// <summary>Reply subject of the request that is open, empty when none is.</summary>
    public ReadOnlySpan<byte> OpenRequest => IsAwaitingAnswer ? _reply : default;

    /// <summary>Counts a delivery.</summary>
    /// <returns>True when it is time to ask; <see cref="Ask"/> then.</returns>
    public bool Sent(int sizeBytes)
    {
        _underWayBytes += sizeBytes;
        if (!IsAwaitingAnswer)
            return _underWayBytes > _windowBytes / 2;

        // What goes out after the question is not covered by its answer, unless it is a window full of it already.
        if (_underWayBytes - _coveredBytes >= _windowBytes)
            _coveredBytes += sizeBytes;
        return false;
    }

    /// <summary>Opens a request that covers everything sent so far.</summary>
    /// <returns>The reply subject to send with it; good until the next request.</returns>
    public ReadOnlySpan<byte> Ask(Random random)
    {
        random.GetItems("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8, _reply.AsSpan(^TokenLength..));
        _coveredBytes = _underWayBytes;
        IsAwaitingAnswer = true;
        return _reply;
    }

    /// <summary>Takes an answer on <paramref name="subject"/>. False if that is not the open request's.</summary>
    public bool Answer(ReadOnlySpan<byte> subject)
    {
        if (!IsAwaitingAnswer || !subject.SequenceEqual(_reply))
            return false;

        _windowBytes = Math.Min(_windowBytes * 2, WindowBytesMax);
        _underWayBytes = Math.Max(0, _underWayBytes - _coveredBytes);
        _coveredBytes = 0;
        IsAwaitingAnswer = false;
        return true;
    }
}
