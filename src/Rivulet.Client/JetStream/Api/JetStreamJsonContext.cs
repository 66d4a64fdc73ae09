using System.Text.Json.Serialization;
using Rivulet.Client.KeyValue;

namespace Rivulet.Client.JetStream;

/// <summary>The JSON of the API, without reflection.</summary>
[JsonSerializable(typeof(AccountInfo))]
[JsonSerializable(typeof(StreamConfig))]
[JsonSerializable(typeof(StreamInfo))]
[JsonSerializable(typeof(ConsumerInfo))]
[JsonSerializable(typeof(PublishAck))]
[JsonSerializable(typeof(JetStreamApiError))]
[JsonSerializable(typeof(StreamInfoRequest))]
[JsonSerializable(typeof(StreamListRequest))]
[JsonSerializable(typeof(StreamPurgeRequest))]
[JsonSerializable(typeof(MessageGetRequest))]
[JsonSerializable(typeof(MessageDeleteRequest))]
[JsonSerializable(typeof(ConsumerCreateRequest))]
[JsonSerializable(typeof(ConsumerListRequest))]
[JsonSerializable(typeof(ConsumerPauseRequest))]
[JsonSerializable(typeof(PullRequest))]
[JsonSerializable(typeof(PageResponse))]
[JsonSerializable(typeof(StreamNamesResponse))]
[JsonSerializable(typeof(StreamListResponse))]
[JsonSerializable(typeof(ConsumerNamesResponse))]
[JsonSerializable(typeof(ConsumerListResponse))]
[JsonSerializable(typeof(SuccessResponse))]
[JsonSerializable(typeof(PurgeResponse))]
[JsonSerializable(typeof(MessageGetResponse))]
[JsonSerializable(typeof(ConsumerPauseState))]
[JsonSerializable(typeof(KeyValueKeysRequest))]
[JsonSerializable(typeof(KeyValueResumeRequest))]
[JsonSerializable(typeof(KeyValueTouchRequest))]
[JsonSerializable(typeof(KeyValueAnswer))]
[JsonSerializable(typeof(KeyValueKeysAnswer))]
internal sealed partial class JetStreamJsonContext : JsonSerializerContext;
