using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Transports;

/// <summary>Where the loops behind sockets go on when the operation that they wait for is done.</summary>
/// <remarks>
/// The runtime learns of it on a thread of its own and goes on on the thread pool, which the process around an embedded server
/// may have blocked. A socket can be told to go on right there instead. The runtime keeps that to itself for now, so it is asked
/// for by name: where it is not there, as on Windows, the pool it is. But those threads are shared with all other sockets of
/// the process; so they only pass the loop on to threads of the server, unless the whole process wants its loops to run there
/// (the inline-completions switch, which the server program sets).
/// </remarks>
internal sealed class SocketCompletions
{
    private const string InlineSwitch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static volatile bool _isMissing;

    private readonly IWorkScheduler? _loops;

    private SocketCompletions(IWorkScheduler? loops) => _loops = loops;

    /// <summary>Sockets of a process as its environment has it.</summary>
    /// <param name="loops">The threads for loops, where the process does not run them on the runtime's.</param>
    public static SocketCompletions Create(IWorkScheduler loops)
    {
        bool isInline = Environment.GetEnvironmentVariable(InlineSwitch) == "1";
        return new SocketCompletions(isInline ? null : loops);
    }

    /// <summary>Whether the whole process has its loops run where the runtime learns of input.</summary>
    public bool IsInline => _loops is null;

    /// <summary>Prepares a socket, before its first operation.</summary>
    /// <returns>The threads that its operations are to be passed on to; null where they complete on the right one.</returns>
    public IWorkScheduler? Prepare(Socket socket)
    {
        if (_loops is null || _isMissing)
            return null;
        try
        {
            SetPreferInlineCompletions(socket.SafeHandle, true);
            return _loops;
        }
        catch (MissingMethodException)
        {
            _isMissing = true;
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_PreferInlineCompletions")]
    private static extern void SetPreferInlineCompletions(SafeSocketHandle handle, bool value);
}
