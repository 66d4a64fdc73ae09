using System.Text.Json;
using System.Text.Json.Serialization;
using Rivulet.Client.JetStream;

namespace Rivulet.Client.Tests.JetStream;

public sealed partial class WireWordTests
{
    [Fact]
    public void Every_member_of_an_enumeration_has_its_word_on_the_wire()
    {
        AssertWords<RetentionPolicy>("limits", "interest", "workqueue");
        AssertWords<DiscardPolicy>("old", "new");
        AssertWords<StorageType>("file", "memory");
        AssertWords<StreamCompression>("none", "s2");
        AssertWords<PersistMode>("default", "async");
        AssertWords<DeliverPolicy>("all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject");
        AssertWords<AckPolicy>("none", "all", "explicit", "flow_control");
        AssertWords<ReplayPolicy>("instant", "original");
        AssertWords<PriorityPolicy>("none", "overflow", "pinned_client", "prioritized");
    }

    [Theory]
    [InlineData("\"bogus\"")]
    [InlineData("\"\"")]
    [InlineData("1")]
    [InlineData("null")]
    public void What_is_no_word_of_the_enumeration_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, Words.Default.StorageType));

    [Fact]
    public void What_is_no_member_of_the_enumeration_is_not_written() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Serialize((StorageType)9, Words.Default.StorageType));

    private static void AssertWords<T>(params string[] words)
        where T : struct, Enum
    {
        Assert.Equal(words.Length, Enum.GetValues<T>().Length);
        foreach (T value in Enum.GetValues<T>())
        {
            string json = JsonSerializer.Serialize(value, typeof(T), Words.Default);
            Assert.Equal($"\"{words[Convert.ToInt32(value, null)]}\"", json);
            Assert.Equal(value, JsonSerializer.Deserialize(json, typeof(T), Words.Default));
        }
    }

    [JsonSerializable(typeof(RetentionPolicy))]
    [JsonSerializable(typeof(DiscardPolicy))]
    [JsonSerializable(typeof(StorageType))]
    [JsonSerializable(typeof(StreamCompression))]
    [JsonSerializable(typeof(PersistMode))]
    [JsonSerializable(typeof(DeliverPolicy))]
    [JsonSerializable(typeof(AckPolicy))]
    [JsonSerializable(typeof(ReplayPolicy))]
    [JsonSerializable(typeof(PriorityPolicy))]
    private sealed partial class Words : JsonSerializerContext;
}
