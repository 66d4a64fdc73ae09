using System.Text;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Rights;

namespace Rivulet.Fuzz.Tests;

/// <summary>What accounts read: how imports rename subjects, mappings, entries of permissions, and header blocks that get a header.</summary>
public class AccountFuzz
{
    private static readonly byte[][] Corpus = Bytes(
        "a.*.*|x.$2.$1", "a.>|p.a.>", "a.*|{{wildcard(1)}}.x", "a|b", "a.*|x.{{partition(3,1)}}", "*.*|*.*", "a.*.>|$1.b.>", "a.b|$1", "a.*|x.$1.$1");

    private static readonly byte[][] Fragments = Bytes(
        ".", "*", ">", "|", "$1", "$2", "$99999999999", "{{wildcard(1)}}", "{{ Wildcard( 2 ) }}", "{{", "}}", "(", ")", ",", " ", "a", "..");

    private static readonly byte[][] Headers = Bytes(
        "NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: 1\r\n\r\n", "NATS/1.0 503\r\nNats-Request-Info: {}\r\nB:2\r\n\r\n", "NATS/1.0\r\nnats-request-info: x\r\n\r\n");

    private static readonly byte[][] HeaderFragments = Bytes("\r\n", "\r", "\n", ":", "Nats-Request-Info", "Nats-Request-Info:", " ", "NATS/1.0", "\0");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_renaming_is_refused_or_leads_there_and_back(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "renamings of imports", mutator.Next, (input, random) =>
        {
            string[] parts = Encoding.UTF8.GetString(input).Split('|', 2);
            string here = parts.Length > 1 ? parts[1] : parts[0];
            if (!IsFilter(parts[0]) || ImportRenaming.Parse(parts[0], here, out var renaming) is not null)
                return;
            if (renaming!.Forth is null || renaming.Back is null)
                return;
            string subject = Literal(parts[0], random);
            string renamed = Apply(renaming.Forth, subject);
            if (Subject.Matches(Encoding.UTF8.GetBytes(renamed), Encoding.UTF8.GetBytes(renaming.Destination)))
                Assert.Equal(subject, Apply(renaming.Back, renamed));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Headers_of_other_tracing_systems_are_found_or_not_whatever_they_say(FuzzLength length)
    {
        var mutator = new Mutator(
            Bytes(
                "NATS/1.0\r\nX-B3-Sampled: 1\r\nX-B3-TraceId: a\r\n\r\n", "NATS/1.0\r\nb3: a-b-1-c\r\n\r\n", "NATS/1.0\r\nB3: 0\r\n\r\n",
                "NATS/1.0\r\nTraceparent: 00-4bf9-00f0-01\r\nTracestate: a=b\r\n\r\n", "NATS/1.0\r\nUber-Trace-Id: a:b:c:1\r\nuberctx-x: y\r\n\r\n"),
            [.. HeaderFragments, .. Bytes("-", "01", "0", "1", "zz", "B3", "Traceparent", "Uber-Trace-Id", "X-B3-Sampled", "\xff")]);
        FuzzLoop.Run(length, "headers of tracing systems", mutator.Next, (input, _) =>
        {
            var found = LatencySampling.Find(input);
            if (found is not null)
                Assert.All(found, header => Assert.NotEmpty(header.Value));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void What_a_subscription_gets_of_an_import_is_what_its_filter_matches(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "subscriptions to imports", mutator.Next, (input, random) =>
        {
            string[] parts = Encoding.UTF8.GetString(input).Split('|', 2);
            string filter = parts.Length > 1 ? parts[1] : parts[0];
            if (!IsFilter(filter) || filter.Contains('$', StringComparison.Ordinal))
                return;
            var import = new StreamImport { Account = "A", Subject = "pub.*.>", To = "got.$1.>" };
            Assert.Null(ImportRenaming.Parse(import.Subject, import.To, out var renaming));
            byte[]? there = new StreamImportRule(import, null!, renaming!).FilterThere(Encoding.UTF8.GetBytes(filter));
            for (int i = 0; i < 5; i++)
            {
                string subject = Literal(import.Subject, random);
                byte[] renamed = Encoding.UTF8.GetBytes(Apply(renaming!.Forth!, subject));
                bool wanted = Subject.Matches(renamed, Encoding.UTF8.GetBytes(filter));
                Assert.Equal(wanted, there is not null && Subject.Matches(Encoding.UTF8.GetBytes(subject), there));
            }
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Mappings_and_permissions_are_read_or_refused(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "mappings and permissions", mutator.Next, (input, random) =>
        {
            string text = Encoding.UTF8.GetString(input);
            string[] parts = text.Split('|', 2);
            var settings = new SubjectMapping { Source = parts[0], Destinations = [new MappingDestination(parts[^1], random.Next(101))] };
            if (AccountMapping.Parse(settings, out var mapping) is null && mapping!.Choose(random.Next(100)) is { } transform)
                Apply(transform, Literal(parts[0], random));
            if (PermissionRules.Complaint(text, queueAllowed: true) is not null)
                return;
            var permissions = new Permissions { Subscribe = new SubjectPermission { Allow = [text], Deny = [text] } };
            var rights = ClientRights.For(permissions, TimeProvider.System)!;
            Assert.False(rights.MaySubscribe(input, default) && rights.MaySubscribe(input, input));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_header_block_gets_its_header_once(FuzzLength length)
    {
        var mutator = new Mutator(Headers, HeaderFragments);
        FuzzLoop.Run(length, "request information", mutator.Next, (input, _) =>
        {
            var info = "{\"acc\":\"A\"}"u8;
            byte[] room = new byte[RequestInfoHeader.LengthMax(input.Length, info.Length)];
            int written = RequestInfoHeader.Write(input, info, room);
            string block = Encoding.Latin1.GetString(room, 0, written);
            Assert.EndsWith("Nats-Request-Info: {\"acc\":\"A\"}\r\n\r\n", block, StringComparison.Ordinal);
            Assert.Equal(1, block.Split("\r\n").Skip(1).Count(line => line.StartsWith("Nats-Request-Info:", StringComparison.Ordinal)));
        });
    }

    private static bool IsFilter(string text)
    {
        return Subject.IsValidSubscription(Encoding.UTF8.GetBytes(text));
    }

    private static string Literal(string filter, Random random)
    {
        return string.Join('.', filter.Split('.').Select(token => token switch
        {
            "*" => $"t{random.Next(3)}",
            ">" => random.Next(2) == 0 ? "r" : "r.s",
            _ => token,
        }));
    }

    private static string Apply(SubjectTransform transform, string subject)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        byte[] room = new byte[transform.RoomFor(bytes.Length)];
        int length = transform.Apply(bytes, room, new Random(1));
        Assert.True(length > 0, "there was not enough room");
        return Encoding.UTF8.GetString(room, 0, length);
    }

    private static byte[][] Bytes(params string[] texts)
    {
        return [.. texts.Select(Encoding.UTF8.GetBytes)];
    }
}
