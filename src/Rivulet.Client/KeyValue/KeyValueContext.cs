using System.Runtime.CompilerServices;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.KeyValue;

/// <summary>The buckets of an account. Safe to use from any thread; holds no state.</summary>
public sealed class KeyValueContext
{
    /// <summary>Creates the context.</summary>
    public KeyValueContext(JetStreamContext jetStream)
    {
        ArgumentNullException.ThrowIfNull(jetStream);
        JetStream = jetStream;
    }

    /// <summary>JetStream underneath.</summary>
    public JetStreamContext JetStream { get; }

    /// <summary>Creates a bucket. An existing one with the same configuration is returned.</summary>
    /// <exception cref="KeyValueBucketExistsException">It exists with another configuration.</exception>
    /// <exception cref="KeyValueInvalidBucketNameException">The name breaks the rules.</exception>
    /// <exception cref="KeyValueException">The configuration breaks another rule of buckets.</exception>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public async ValueTask<KeyValueBucket> CreateBucketAsync(
        KeyValueConfig config, CancellationToken cancellationToken = default)
    {
        StreamConfig stream = await ToStreamConfigAsync(config, cancellationToken).ConfigureAwait(false);
        try
        {
            return ToBucket(config.Bucket, await JetStream.CreateStreamAsync(stream, cancellationToken).ConfigureAwait(false));
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.StreamNameInUse)
        {
            throw new KeyValueBucketExistsException(config.Bucket, refused.Error);
        }
    }

    /// <summary>Changes a bucket; what the configuration does not give returns to its default.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">There is none.</exception>
    /// <exception cref="KeyValueException">The configuration breaks a rule of buckets.</exception>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public async ValueTask<KeyValueBucket> UpdateBucketAsync(
        KeyValueConfig config, CancellationToken cancellationToken = default)
    {
        StreamConfig stream = await ToStreamConfigAsync(config, cancellationToken).ConfigureAwait(false);
        try
        {
            return ToBucket(config.Bucket, await JetStream.UpdateStreamAsync(stream, cancellationToken).ConfigureAwait(false));
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.StreamNotFound)
        {
            throw new KeyValueBucketNotFoundException(config.Bucket, refused.Error);
        }
    }

    /// <summary>Changes a bucket, or creates it if there is none.</summary>
    /// <exception cref="KeyValueException">The configuration breaks a rule of buckets.</exception>
    /// <exception cref="JetStreamApiException">The server refused.</exception>
    public async ValueTask<KeyValueBucket> CreateOrUpdateBucketAsync(
        KeyValueConfig config, CancellationToken cancellationToken = default)
    {
        StreamConfig stream = await ToStreamConfigAsync(config, cancellationToken).ConfigureAwait(false);
        return ToBucket(
            config.Bucket, await JetStream.CreateOrUpdateStreamAsync(stream, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A bucket that exists: asks the server for it.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">There is none.</exception>
    /// <exception cref="KeyValueInvalidBucketNameException">The name breaks the rules.</exception>
    /// <exception cref="KeyValueNotABucketException">The stream of that name is not a bucket.</exception>
    public async ValueTask<KeyValueBucket> GetBucketAsync(string bucket, CancellationToken cancellationToken = default) =>
        (await TryGetBucketAsync(bucket, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="GetBucketAsync"/>, with failures as a result.</summary>
    public async ValueTask<NatsResult<KeyValueBucket>> TryGetBucketAsync(
        string bucket, CancellationToken cancellationToken = default)
    {
        if (!KeyValueNames.IsBucket(bucket))
            return new KeyValueInvalidBucketNameException(bucket);
        JetStreamStream stream = JetStream.Stream(KeyValueNames.StreamOf(bucket));
        NatsResult<StreamInfo> answer =
            await stream.TryGetInfoAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!answer.TryGetValue(out StreamInfo? info))
            return KeyValueErrors.OfBucket(answer.Error!, bucket);
        return info.Config.MaxMessagesPerSubject < 1 ? new KeyValueNotABucketException(bucket) : ToBucket(bucket, stream);
    }

    /// <summary>Deletes a bucket and all that it holds.</summary>
    /// <exception cref="KeyValueBucketNotFoundException">There is none.</exception>
    /// <exception cref="KeyValueInvalidBucketNameException">The name breaks the rules.</exception>
    public async ValueTask DeleteBucketAsync(string bucket, CancellationToken cancellationToken = default)
    {
        if (!KeyValueNames.IsBucket(bucket))
            throw new KeyValueInvalidBucketNameException(bucket);
        try
        {
            await JetStream.DeleteStreamAsync(KeyValueNames.StreamOf(bucket), cancellationToken).ConfigureAwait(false);
        }
        catch (JetStreamApiException refused) when (refused.ErrorCode == ApiErrorCodes.StreamNotFound)
        {
            throw new KeyValueBucketNotFoundException(bucket, refused.Error);
        }
    }

    /// <summary>The name of every bucket, mirrors included.</summary>
    public async IAsyncEnumerable<string> ListBucketNamesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Not by subject: a mirror has none.
        await foreach (string name in JetStream.ListStreamNamesAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (KeyValueNames.BucketOf(name) is { } bucket)
                yield return bucket;
        }
    }

    /// <summary>Every bucket, mirrors included.</summary>
    public async IAsyncEnumerable<KeyValueStatus> ListBucketsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (StreamInfo info in JetStream.ListStreamsAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (KeyValueNames.BucketOf(info.Config.Name) is { } bucket)
                yield return new KeyValueStatus(bucket, info);
        }
    }

    /// <summary>The stream's configuration; asks first whether the server knows what only newer ones do.</summary>
    private async ValueTask<StreamConfig> ToStreamConfigAsync(KeyValueConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        StreamConfig stream = KeyValueStreams.ToStreamConfig(config);
        if (stream.AllowMessageTtl
            && (await JetStream.GetAccountInfoAsync(cancellationToken).ConfigureAwait(false)).Api.Level < 1)
            throw new KeyValueException("limit marker TTLs not supported by server");
        return stream;
    }

    private KeyValueBucket ToBucket(string bucket, JetStreamStream stream) => new(this, bucket, stream);
}
