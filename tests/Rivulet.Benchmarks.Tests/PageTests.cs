using Rivulet.Benchmarks.Growth;
using Rivulet.Benchmarks.Growth.Axes;
using Rivulet.Benchmarks.Growth.Report;

namespace Rivulet.Benchmarks.Tests;

/// <summary>What the growth program writes, and what it is told.</summary>
public class PageTests
{
    [Fact]
    public void A_run_replaces_its_own_part_and_leaves_what_was_written_by_hand()
    {
        string page = Page.With("# Growth\n\nBy hand.\n", "keys", "Keys", "first\n");
        page += "\nMore by hand.\n";
        page = Page.With(page, "keys", "Keys", "second\n");
        Assert.Contains("By hand.", page, StringComparison.Ordinal);
        Assert.Contains("More by hand.", page, StringComparison.Ordinal);
        Assert.Contains("second", page, StringComparison.Ordinal);
        Assert.DoesNotContain("first", page, StringComparison.Ordinal);
        Assert.Equal(page, Page.With(page, "keys", "Keys", "second\n"));
    }

    [Fact]
    public void A_plot_has_a_line_for_each_server_and_is_well_formed()
    {
        Axis axis = Axis.All[0];
        Curves[] servers = [new("a & b"), new("other")];
        foreach (Curves curves in servers)
        {
            curves.Add(axis.Figures[0], 1, 5);
            curves.Add(axis.Figures[0], 10, 7);
        }

        var svg = System.Xml.Linq.XDocument.Parse(Plot.Draw(axis, servers));
        Assert.Equal(2, svg.Descendants().Count(element => element.Name.LocalName == "polyline"));
        Assert.Contains(svg.Descendants(), element => element.Value == "a & b");
    }

    [Fact]
    public void A_server_has_the_name_it_was_given()
    {
        GrowthOptions options = GrowthOptions.Parse(["--server", "one=x -p {port}", "--server", "/usr/bin/two -p {port} --a=b", "--only", "keys"]);
        Assert.Equal([("one", "x -p {port}"), ("two", "/usr/bin/two -p {port} --a=b")], options.Servers);
        Assert.Equal("keys", Assert.Single(options.Axes).Name);
        Assert.Throws<ArgumentException>(() => GrowthOptions.Parse(["--only", "nothing"]));
        Assert.Throws<ArgumentException>(() => GrowthOptions.Parse(["--server", "one=x"]));
    }
}
