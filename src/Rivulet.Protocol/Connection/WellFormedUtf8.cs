using System.Text;
using System.Text.Unicode;

namespace Rivulet.Protocol;

/// <summary>
/// Makes peers' JSON safe to read: the JSON reader refuses bytes that are not UTF-8, where the reference server reads
/// them as U+FFFD.
/// </summary>
internal static class WellFormedUtf8
{
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text)
    {
        return Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));
    }
}
