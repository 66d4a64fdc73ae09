using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Rivulet.Cli.Hosting;

/// <summary>
/// Writes to a file descriptor of the process. The framework's own console stream hides that a pipe was closed, and a
/// command that writes until it is interrupted would then never end.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class UnixOutputStream(int descriptor) : Stream
{
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;
    private const int BrokenPipe = 32;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = WriteToDescriptor(descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written < 0)
            {
                Handle(Marshal.GetLastPInvokeError());
                continue;
            }

            buffer = buffer[(int)written..];
        }
    }

    private static void Handle(int error)
    {
        switch (error)
        {
            case Interrupted:
                break;
            case WouldBlock:
            case WouldBlockOnMac:
                Thread.Sleep(1); // a descriptor that someone set to non-blocking, and a slow reader
                break;
            case BrokenPipe:
                throw new OutputClosedException();
            default:
                throw new IOException($"cannot write the output: {new Win32Exception(error).Message}");
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteToDescriptor(int descriptor, ref byte buffer, nint count);
}
