using Rivulet.Server.Accounts;
using Rivulet.Server.Security;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>What accounts export and import, held against one another.</summary>
public class ExchangeChecksTests
{
    [Fact]
    public void Wrong_imports_are_left_out_and_the_others_stay()
    {
        AccountSettings[] accounts =
        [
            new() { Name = "A", StreamExports = [new StreamExport { Subject = "a.>" }], ServiceExports = [new ServiceExport { Subject = "s" }] },
            new()
            {
                Name = "B",
                StreamImports = [Stream("A", "a.1"), Stream("A", "b.1"), Stream("A", "a.1"), Stream("A", "a.2")],
                ServiceImports = [Service("A", "t"), Service("A", "s"), Service("C", "s")],
            },
        ];
        var left = new List<string>();
        var right = ExchangeChecks.WithoutWrongImports(accounts, (name, subject, mistake) => left.Add($"{name} {subject}: {mistake}"));
        Assert.Same(accounts[0], right[0]);
        Assert.Equal(["a.1", "a.2"], right[1].StreamImports.Select(import => import.Subject));
        Assert.Equal(["s"], right[1].ServiceImports.Select(import => import.Subject));
        Assert.Equal(
            [
                "B b.1: Error adding stream import \"b.1\": stream import not authorized",
                "B a.1: Error adding stream import \"a.1\": stream import already exists",
                "B t: Error adding service import \"t\": service import not authorized",
                "B s: \"C\" account not defined for service import",
            ],
            left);
        Assert.Empty(ExchangeChecks.Check(right));
    }

    /// <summary>One account's mistake is no reason to look at everybody's imports once more for each of them.</summary>
    [Fact]
    public void A_wrong_import_among_many_accounts_costs_one_look_at_each()
    {
        var accounts = new List<AccountSettings> { new() { Name = "A", StreamExports = [new StreamExport { Subject = "a.>" }] } };
        for (int i = 0; i < 2000; i++)
            accounts.Add(new AccountSettings { Name = $"B{i}", StreamImports = [.. Enumerable.Range(0, 10).Select(number => Stream("A", $"a.{number}"))] });
        accounts[1] = accounts[1] with { StreamImports = [Stream("A", "wrong")] };
        long before = GC.GetAllocatedBytesForCurrentThread();
        var right = ExchangeChecks.WithoutWrongImports(accounts, (_, _, _) => { });
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Empty(right[1].StreamImports);
        Assert.Equal(10 * 1999, right.Sum(account => account.StreamImports.Count));
        Assert.InRange(bytes / (10 * 2000), 0, 8 * 1024);
    }

    private static StreamImport Stream(string account, string subject)
    {
        return new StreamImport { Account = account, Subject = subject };
    }

    private static ServiceImport Service(string account, string subject)
    {
        return new ServiceImport { Account = account, Subject = subject };
    }
}
