using System.Globalization;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>The API errors that mean something to buckets.</summary>
internal static class KeyValueApiErrors
{
    public const int StreamNameInUse = 10058;
    public const int StreamNotFound = 10059;
    public const int WrongLastSequence = 10071;
    public const int WrongLastSequenceUnnumbered = 10164;

    private const string WrongLastSequencePrefix = "wrong last sequence: ";

    public static bool IsWrongLastSequence(JetStreamApiError error) =>
        error.ErrorCode is WrongLastSequence or WrongLastSequenceUnnumbered;

    /// <summary>The sequence that the text of a wrong-last-sequence error names.</summary>
    public static ulong? ActualRevision(JetStreamApiError error) =>
        error.Description.StartsWith(WrongLastSequencePrefix, StringComparison.Ordinal)
        && ulong.TryParse(
            error.Description.AsSpan(WrongLastSequencePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong actual)
            ? actual
            : null;
}
