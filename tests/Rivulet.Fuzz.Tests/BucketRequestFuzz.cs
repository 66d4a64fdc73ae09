using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Buckets;
using Rivulet.Protocol;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Fuzz.Tests;

/// <summary>
/// Requests on buckets, spoiled: never an exception, and what is chosen is what the request says, key by key.
/// </summary>
public class BucketRequestFuzz
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "{}", "{\"filters\":[\"a.*\",\"b.>\"],\"limit\":10}", "{\"prefix\":\"a.\",\"from\":\"a.b\",\"before\":\"a.c\",\"after\":\"a.b\"}",
            "{\"keys\":[\"a\",\"a.b\"],\"revision\":7}", "{\"keys_only\":true,\"total\":true,\"deletes\":true}",
            "{\"revision\":18446744073709551615,\"removals\":1,\"every\":true}", "{\"ttl\":1000000000,\"persist\":false}",
            "{\"prefix\":\"\\u00ff\\ud83d\\ude00\"}", "null", "[]", "",
        }.Select(Readable.Bytes),
    ];

    private static readonly byte[][] Fragments =
    [
        .. new[]
        {
            "{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e9", "\\u0000", "\\ud800", "\"filters\":", "\"prefix\":", "\"from\":",
            "\"before\":", "\"after\":", "\"limit\":", "\"keys\":", "\"a\"", "\"a.>\"", "\"*\"", "\"\"", "\u00FF",
        }.Select(Readable.Bytes),
    ];

    private static readonly string[] Keys = ["a", "a.b", "a.b.c", "a-b", "b", "b.a", "c.x.y", "\u00ff", "\ud83d\ude00.x"];

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void What_a_listing_chooses_is_what_it_says(FuzzLength length)
    {
        FuzzLoop.Run(length, "bucket LIST", new Mutator(Corpus, Fragments).Next, (input, random) =>
        {
            var request = new BucketListRequest();
            byte[] cover = random.Next(2) == 0 ? [] : Encoding.UTF8.GetBytes("a.>");
            if (RequestReader.Read(input, "R", strict: true, request, BucketListRequest.ReadMember) is not null)
                return;
            if (BucketSelection.Read("$KV.B."u8, cover, request, null, out BucketSelection? selection) is not null)
                return;
            Assert.InRange(selection!.Limit, 1, BucketSelection.KeysMax);
            foreach (string key in Keys)
                Assert.Equal(IsChosen(request, cover, key), IsChosen(selection, key));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Other_requests_are_read_or_refused(FuzzLength length)
    {
        FuzzLoop.Run(length, "bucket requests", new Mutator(Corpus, Fragments).Next, (input, _) =>
        {
            var get = new BucketGetRequest();
            if (RequestReader.Read(input, "R", strict: true, get, BucketGetRequest.ReadMember) is null
                && BucketSelection.Read("$KV.B."u8, default, get, get.Keys, out BucketSelection? selection) is null)
                Assert.Equal(get.Keys?.Count, selection!.Subjects?.Count);
            RequestReader.Read(input, "R", strict: true, new BucketResumeRequest(), BucketResumeRequest.ReadMember);
            RequestReader.Read(input, "R", strict: true, new BucketTouchRequest(), BucketTouchRequest.ReadMember);
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_record_of_removals_is_read_or_refused(FuzzLength length)
    {
        byte[][] corpus = [[1, 0, 0, 0, 0], [1, 3, 0x80, 1, 5, 9], [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]];
        FuzzLoop.Run(length, "bucket revisions", new Mutator(corpus, [[0x80], [0xff], [1]]).Next, (input, _) =>
        {
            if (BucketFloors.TryRead(input) is not { } floors)
                return;
            var written = new Rivulet.JetStream.Consumers.State.VarintWriter();
            floors.Write(written);
            Assert.Equal(floors, BucketFloors.TryRead(written.Written));
        });
    }

    private static bool IsChosen(BucketSelection selection, string key)
    {
        byte[] subject = Encoding.UTF8.GetBytes("$KV.B." + key);
        return selection.Range.Filter.Matches(subject)
            && subject.AsSpan().SequenceCompareTo(selection.Range.From.Span) >= 0
            && subject.AsSpan().SequenceCompareTo(selection.Range.Before.Span) < 0;
    }

    private static bool IsChosen(BucketKeysRequest request, byte[] cover, string key)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(key);
        IReadOnlyList<string> filters = request.Filters ?? (cover.Length > 0 ? ["a.>"] : [">"]);
        return filters.Any(filter => Subject.Matches(bytes, Encoding.UTF8.GetBytes(filter)))
            && bytes.AsSpan().StartsWith(Encoding.UTF8.GetBytes(request.Prefix))
            && (request.From.Length == 0 || Compare(bytes, request.From) >= 0)
            && (request.After.Length == 0 || Compare(bytes, request.After) > 0)
            && (request.Before.Length == 0 || Compare(bytes, request.Before) < 0);
    }

    private static int Compare(byte[] key, string bound) => key.AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(bound));
}
