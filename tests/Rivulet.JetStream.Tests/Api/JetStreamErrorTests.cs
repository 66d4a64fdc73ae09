using System.Runtime.CompilerServices;
using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Tests.Api;

public class JetStreamErrorTests
{
    [Fact]
    public void The_generated_table_is_what_the_data_file_says()
    {
        string folder = ErrorsFolder();
        string expected = ErrorTableGenerator.Generate(Entries());
        string path = Path.Combine(folder, "JetStreamError.Table.cs");
        if (Environment.GetEnvironmentVariable("RIVULET_UPDATE_GENERATED") == "1")
            File.WriteAllText(path, expected);

        Assert.Equal(expected, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Every_error_of_the_data_file_is_in_the_compiled_table()
    {
        IReadOnlyList<ErrorTableGenerator.Entry> entries = Entries();

        Assert.Equal(226, entries.Count);
        Assert.Equal(
            entries.Select(e => (e.Constant, e.Code, e.ErrorCode, e.Description)),
            JetStreamError.All.Select(e => (e.Name, e.Code, e.ErrorCode, e.Template)));
    }

    [Fact]
    public void Error_codes_are_unique()
    {
        Assert.Equal(JetStreamError.All.Count, JetStreamError.All.Select(e => e.ErrorCode).Distinct().Count());
    }

    [Fact]
    public void A_placeholder_is_replaced()
    {
        Assert.Equal("wrong last sequence: 5", JetStreamError.StreamWrongLastSequence.With("5").Description);
        Assert.Equal("invalid JSON: {x}", JetStreamError.InvalidJSON.With("{x}").Description);
        Assert.Equal("stream not found", JetStreamError.StreamNotFound.ToApiError().Description);
    }

    [Fact]
    public void Two_placeholders_are_replaced_in_the_order_of_the_text()
    {
        Assert.Equal(
            "stream external delivery prefix a{b} overlaps with stream subject c}d",
            JetStreamError.StreamExternalDelPrefixOverlaps.With("a{b}", "c}d").Description);
    }

    private static IReadOnlyList<ErrorTableGenerator.Entry> Entries() =>
        ErrorTableGenerator.Read(File.ReadAllText(Path.Combine(ErrorsFolder(), "jetstream-errors.json")));

    private static string ErrorsFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Rivulet.JetStream/Api/Errors"));
}
