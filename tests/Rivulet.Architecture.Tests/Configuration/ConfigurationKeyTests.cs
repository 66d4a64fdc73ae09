using System.Text.RegularExpressions;
using Rivulet.Server;
using Rivulet.Server.Configuration;
using Rivulet.Server.Configuration.Keys;
using Rivulet.TestKit.Processes;

namespace Rivulet.Architecture.Tests.Configuration;

/// <summary>
/// What becomes of each key of a configuration file is on a page. Here it is held against the parser, against the keys of the reference
/// server, and against the tests that it names.
/// </summary>
public sealed class ConfigurationKeyTests : IDisposable
{
    // What a key of a block stands in.
    private static readonly Dictionary<string, string> s_wrappers = new()
    {
        ["top level"] = "{0}",
        ["authorization"] = "authorization {{ {0} }}",
        ["auth_callout"] = "authorization {{ auth_callout {{ {0} }} }}",
        ["users"] = "authorization {{ users: [ {{ {0} }} ] }}",
        ["permissions"] = "authorization {{ permissions {{ {0} }} }}",
        ["publish and subscribe"] = "authorization {{ permissions {{ publish {{ {0} }} }} }}",
        ["allow_responses"] = "authorization {{ permissions {{ allow_responses {{ {0} }} }} }}",
        ["accounts"] = "accounts {{ A {{ {0} }} }}",
        ["limits of accounts"] = "accounts {{ A {{ limits {{ {0} }} }} }}",
        ["jetstream of accounts"] = "accounts {{ A {{ jetstream {{ {0} }} }} }}",
        ["msg_trace"] = "accounts {{ A {{ msg_trace {{ {0} }} }} }}",
        ["exports"] = "accounts {{ A {{ exports: [ {{ {0} }} ] }} }}",
        ["imports"] = "accounts {{ A {{ imports: [ {{ {0} }} ] }} }}",
        ["stream and service of imports"] = "accounts {{ A {{ imports: [ {{ stream {{ {0} }} }} ] }} }}",
        ["mappings"] = "mappings {{ a: {{ {0} }} }}",
        ["resolver"] = "resolver {{ type: memory, {0} }}",
        ["jetstream"] = "jetstream {{ {0} }}",
        ["limits of jetstream"] = "jetstream {{ limits {{ {0} }} }}",
        ["batch"] = "jetstream {{ limits {{ batch {{ {0} }} }} }}",
        ["tls"] = "tls {{ {0} }}",
        ["certs"] = "tls {{ certs: [ {{ {0} }} ] }}",
        ["websocket"] = "websocket {{ port: -1, no_tls: true, {0} }}",
        ["authorization of websocket"] = "websocket {{ port: -1, no_tls: true, authorization {{ {0} }} }}",
    };

    // One of them is what a key wants, if it is one of those that are tried.
    private static readonly string[] s_values = ["true", "7", "\"x\"", "\"5s\"", "system", "[ CurveP256 ]", "ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA", "windowscurrentuser", "{ user: x }", "{ a: 1 }"];

    private readonly TemporaryFolder _folder = new("keys");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_has_the_keys_that_the_parser_reads_and_no_others()
    {
        Assert.Equal(
            ConfigurationBlocks.All.SelectMany(block => block.Keys.Select(key => $"{block.Name}: {key}")).Order(StringComparer.Ordinal),
            KeyPage.Rows.SelectMany(row => row.Spellings.Select(key => $"{row.Block}: {key}")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_page_has_every_key_of_the_reference_server()
    {
        List<string> missing = [];
        foreach (var (block, spellings) in ReferenceKeys())
        {
            bool isThere = KeyPage.WholeBlocks.TryGetValue(block, out string[]? whole)
                ? spellings.All(whole.Contains)
                : KeyPage.Rows.Any(row => row.Block == block && spellings.All(row.Spellings.Contains));
            if (!isThere)
            {
                missing.Add($"{block}: {string.Join(", ", spellings)}");
            }
        }

        Assert.Empty(missing);
        Assert.True(ReferenceKeys().Count > 300, "the list of the reference server's keys is not whole");
    }

    [Fact]
    public void A_key_becomes_what_the_page_says()
    {
        List<string> wrong = [];
        foreach (KeyRow row in KeyPage.Rows)
        {
            foreach (string spelling in row.Spellings)
            {
                string found = StatusOf(row.Block, spelling);
                if (found != row.Status)
                {
                    wrong.Add($"{row.Block}: {spelling} is \"{found}\" and not \"{row.Status}\"");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_key_that_works_is_named_by_a_test_that_is_there()
    {
        List<string> unproven = [];
        foreach (KeyRow row in KeyPage.Rows.Where(row => row.Status == KeyRow.Works))
        {
            string[] tests = KeyPage.Names(row.Reason);
            unproven.AddRange(tests.Where(test => TestSources.Find(test) is null).Select(test => $"{row}: there is no {test}"));
            if (!tests.Any(test => TestSources.Find(test) is { } text && row.Spellings.Any(spelling => Mentions(text, spelling))))
            {
                unproven.Add($"{row}: no test names it");
            }

            if (!tests.Any(test => test.Contains('.', StringComparison.Ordinal)))
            {
                unproven.Add($"{row}: no test");
            }
        }

        Assert.True(unproven.Count == 0, string.Join('\n', unproven));
    }

    [Fact]
    public void A_key_that_does_not_work_has_a_reason() =>
        Assert.All(KeyPage.Rows.Where(row => row.Status != KeyRow.Works), row => Assert.NotEqual("", row.Reason));

    // Configurations in the tests' texts have escaped line ends before their keys.
    private static bool Mentions(string text, string key) =>
        Regex.IsMatch(text.Replace("\\n", "\n", StringComparison.Ordinal), $@"(?<!\w){Regex.Escape(key)}(?!\w)");

    private static List<(string Block, string[] Spellings)> ReferenceKeys()
    {
        List<(string, string[])> keys = [];
        string block = "";
        foreach (string line in File.ReadLines(Repository.PathOf("tests/Rivulet.Architecture.Tests/Configuration/reference-keys.txt")))
        {
            if (line.StartsWith('['))
            {
                block = line.Trim('[', ']');
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                keys.Add((block, line.Split(", ")));
            }
        }

        return keys;
    }

    private string StatusOf(string block, string key)
    {
        string refusal = $"field \"{key}\" is not supported by this version";
        string path = _folder.Combine("a.conf");
        bool isRefused = false;
        bool isNoted = false;
        bool isWarned = false;
        foreach (string value in s_values)
        {
            File.WriteAllText(path, string.Format(System.Globalization.CultureInfo.InvariantCulture, s_wrappers[block], $"{key}: {value}"));
            try
            {
                ServerConfiguration read = ServerConfiguration.Load(path);
                isNoted |= read.Notes.Any(note => note.Contains($"field \"{key}\" has no effect", StringComparison.Ordinal));
                isWarned |= read.Warnings.Any(warning => warning.Contains(refusal, StringComparison.Ordinal));
                read.Server.WebSocket?.Validate();
            }
            catch (ServerConfigurationException e)
            {
                Assert.DoesNotContain("unknown field \"" + key, e.Message, StringComparison.OrdinalIgnoreCase);
                isRefused |= e.Message.Contains(refusal, StringComparison.Ordinal) || e.Message.Contains($"{key} not supported", StringComparison.Ordinal)
                    || e.Message.Contains($"{key} not compatible with current operating system", StringComparison.Ordinal);
                isNoted |= e.Message.Contains($"field \"{key}\" has no effect", StringComparison.Ordinal);
            }
            catch (NatsServerOptionsException e) when (e.Message.EndsWith(" is not supported by this version", StringComparison.Ordinal))
            {
                isRefused = true;
            }
            catch (NatsServerOptionsException)
            {
                // Some value that makes no sense.
            }
        }

        return isRefused ? KeyRow.Refused : isWarned ? KeyRow.Warned : isNoted ? KeyRow.NoEffect : KeyRow.Works;
    }
}
