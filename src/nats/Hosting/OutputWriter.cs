using System.Text;

namespace Rivulet.Cli.Hosting;

/// <summary>
/// Standard output or standard error: UTF-8 text and raw bytes, kept in a buffer until <see cref="Flush"/>. Writers
/// flush when the user should see what was written; the program flushes at its end. One thread at a time.
/// </summary>
internal sealed class OutputWriter(Stream stream)
{
    private const int BufferBytes = 8 * 1024;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
        {
            Flush();
            if (bytes.Length >= _buffer.Length)
            {
                stream.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    public void Write(string text)
    {
        if (Encoding.UTF8.TryGetBytes(text, _buffer.AsSpan(_used), out var written))
        {
            _used += written;
            return;
        }

        Write(Encoding.UTF8.GetBytes(text));
    }

    public void WriteLine(string text = "")
    {
        Write(text);
        Write("\n"u8);
    }

    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    public void Flush()
    {
        var used = _used;
        _used = 0;
        if (used > 0)
        {
            stream.Write(_buffer, 0, used);
            stream.Flush();
        }
    }
}
