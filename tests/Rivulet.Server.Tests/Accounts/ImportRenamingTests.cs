using System.Text;
using Rivulet.JetStream.Streams;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>How subjects of one account are called in another.</summary>
public class ImportRenamingTests
{
    [Theory]
    [InlineData("a.*.*", "x.$2.$1", "x.*.*", "a.1.2", "x.2.1")]
    [InlineData("a.*.*", "x.*.y.*", "x.*.y.*", "a.1.2", "x.1.y.2")]
    [InlineData("a.*", "{{wildcard(1)}}.x", "*.x", "a.1", "1.x")]
    [InlineData("a.>", "pre.a.>", "pre.a.>", "a.1.2", "pre.a.1.2")]
    [InlineData("a.*.>", "$1.b.>", "*.b.>", "a.1.2.3", "1.b.2.3")]
    [InlineData("a", "b.c", "b.c", "a", "b.c")]
    public void A_subject_goes_there_and_back(string source, string destination, string pattern, string there, string here)
    {
        Assert.Null(ImportRenaming.Parse(source, destination, out var renaming));
        Assert.Equal((source, pattern), (renaming!.Source, renaming.Destination));
        Assert.Equal(here, Apply(renaming.Forth!, there));
        Assert.Equal(there, Apply(renaming.Back!, here));
    }

    [Theory]
    [InlineData("a.>", "a.>")]
    [InlineData("a", "a")]
    public void What_keeps_its_name_needs_no_renaming(string source, string destination)
    {
        Assert.Null(ImportRenaming.Parse(source, destination, out var renaming));
        Assert.True(renaming is { Forth: null, Back: null });
    }

    [Fact]
    public void A_wildcard_may_come_up_twice()
    {
        Assert.Null(ImportRenaming.Parse("a.*", "x.$1.$1", out var renaming));
        Assert.Equal("x.1.1", Apply(renaming!.Forth!, "a.1"));
        Assert.Equal("a.1", Apply(renaming.Back!, "x.1.2"));
    }

    [Theory]
    [InlineData("a.*", "x.{{partition(3,1)}}")]
    [InlineData("a.*.*", "x.$1")]
    [InlineData("a.*.*", "x.$1.$1")]
    [InlineData("a.*", "x.$2")]
    [InlineData("a.*", "x.>")]
    [InlineData("a.*", "{{wildcard(1)}a}.x")]
    [InlineData("a.*", "$0")]
    [InlineData("a.>", "")]
    [InlineData("a.*.$1", "$1.x")]
    public void What_loses_or_computes_something_is_refused(string source, string destination)
    {
        Assert.NotNull(ImportRenaming.Parse(source, destination, out _));
    }

    [Theory]
    [InlineData("fromA.pub.x", "pub.x")]
    [InlineData("fromA.pub.*", "pub.*")]
    [InlineData("fromA.*.x", "pub.x")]
    [InlineData("fromA.>", "pub.>")]
    [InlineData(">", "pub.>")]
    [InlineData("*.*.x.>", "pub.x.>")]
    [InlineData("*.pub.*.y", "pub.*.y")]
    [InlineData("pub.x", null)]
    [InlineData("fromA.other", null)]
    public void A_subscription_here_is_one_there(string filter, string? there)
    {
        var import = new StreamImport { Account = "A", Subject = "pub.>", Prefix = "fromA" };
        Assert.Null(ImportRenaming.Parse(import.Subject, ExchangeChecks.NameHere(import), out var renaming));
        var rule = new StreamImportRule(import, null!, renaming!);
        byte[]? found = rule.FilterThere(Encoding.UTF8.GetBytes(filter));
        Assert.Equal(there, found is null ? null : Encoding.UTF8.GetString(found));
    }

    [Fact]
    public void A_subject_may_become_much_longer_here()
    {
        var import = new StreamImport { Account = "A", Subject = "a.*", To = "x.$1.$1.$1" };
        Assert.Null(ImportRenaming.Parse(import.Subject, import.To, out var renaming));
        var rule = new StreamImportRule(import, null!, renaming!);
        string token = new('t', 400);
        byte[] subject = Encoding.ASCII.GetBytes($"a.{token}");
        byte[] room = new byte[rule.LengthHere(subject)];
        Assert.Equal($"x.{token}.{token}.{token}", Encoding.ASCII.GetString(rule.WriteHere(subject, room)));
    }

    private static string Apply(SubjectTransform transform, string subject)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        byte[] room = new byte[transform.RoomFor(bytes.Length)];
        return Encoding.UTF8.GetString(room, 0, transform.Apply(bytes, room, new Random(1)));
    }
}
