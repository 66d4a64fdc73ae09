using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Rivulet.TestRunner;

/// <summary>How many tests of a project, or of all, ended how.</summary>
internal readonly record struct TestOutcome(int Passed, int Failed, int Skipped)
{
    public static TestOutcome operator +(TestOutcome left, TestOutcome right) =>
        new(left.Passed + right.Passed, left.Failed + right.Failed, left.Skipped + right.Skipped);

    /// <summary>The number of tests that were run or skipped.</summary>
    public int Total => Passed + Failed + Skipped;

    /// <summary>The line that ends a run: <c>N passed, N failed</c>, and what was skipped if anything was.</summary>
    public override string ToString() => Skipped == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed")
        : string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed, {Skipped} skipped");

    /// <summary>
    /// Reads the report (xUnit.net v2+ XML) that a test program wrote at its end. Null if there is none or half of one: the
    /// program did not get to its end. Errors outside of tests, such as a failing clean-up, count as failures.
    /// </summary>
    public static TestOutcome? ReadReport(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        XDocument report;
        try
        {
            report = XDocument.Load(path);
        }
        catch (XmlException)
        {
            return null;
        }

        var sum = new TestOutcome();
        foreach (XElement assembly in report.Descendants("assembly"))
        {
            sum += new TestOutcome(
                Count(assembly, "passed"), Count(assembly, "failed") + Count(assembly, "errors"), Count(assembly, "skipped"));
        }

        return sum;
    }

    private static int Count(XElement assembly, string attribute) =>
        int.Parse(assembly.Attribute(attribute)?.Value ?? "0", CultureInfo.InvariantCulture);
}
