using System.Globalization;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>What errors of the API mean to buckets and keys.</summary>
internal static class KeyValueErrors
{
    private const string WrongLastSequencePrefix = "wrong last sequence: ";

    public static bool IsWrongLastRevision(NatsException error) =>
        error is JetStreamApiException { ErrorCode: ApiErrorCodes.WrongLastSequence or ApiErrorCodes.WrongLastSequenceUnnumbered };

    /// <summary>The error of something asked of a whole bucket.</summary>
    public static NatsException OfBucket(NatsException error, string bucket) =>
        error is JetStreamApiException { ErrorCode: ApiErrorCodes.StreamNotFound } missing
            ? new KeyValueBucketNotFoundException(bucket, missing.Error)
            : error;

    /// <summary>The revision that the text of a wrong-last-sequence error names.</summary>
    public static ulong? ActualRevision(JetStreamApiError error) =>
        error.Description.StartsWith(WrongLastSequencePrefix, StringComparison.Ordinal)
        && ulong.TryParse(
            error.Description.AsSpan(WrongLastSequencePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong actual)
            ? actual
            : null;
}
