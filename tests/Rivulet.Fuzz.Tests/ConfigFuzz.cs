using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.Server.Configuration;
using Rivulet.Server.Configuration.Language;

namespace Rivulet.Fuzz.Tests;

/// <summary>
/// Configuration files, spoiled: they are read or refused with a reason, never worse; and what was read means the same when
/// it is written in another way.
/// </summary>
public class ConfigFuzz
{
    private static readonly byte[][] Corpus = Bytes(
        "port: 4333\n", "host = \"127.0.0.1\"\n", "listen 127.0.0.1:-1;", "jetstream { store_dir: \"/x\", max_mem: 1GB\n }\n",
        "server_tags: [a, 'b', \"c\\x41\"]\n", "# comment\n", "// comment\n", "include b.conf\n", "P: 5\nport: $P\n", "x: $ENV\n",
        "a: (\nblock\n)\n", "n: -5k\n", "f: 0.25\n", "t: 2026-01-02T03:04:05Z\n", "m { n { o: [1, [2], {p: 3}] } }\n", "ping_interval: \"2m\"\n");

    private static readonly byte[][] Fragments = Bytes(
        "{", "}", "[", "]", "(", ")", "\n", "\r\n", ",", ";", ":", "=", "\"", "'", "\\", "\\x", "$", "$2a$", "#", "//", "/", "-", ".", "include ",
        "true", "k", "kib", "99999999999999999999", "[[[[[[[[", "{a:{a:{a:", "\0", "ä");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_file_is_read_or_refused_with_a_reason(FuzzLength length)
    {
        var mutator = new Mutator(Corpus, Fragments);
        FuzzLoop.Run(length, "configuration files", mutator.Next, (input, _) =>
        {
            string text = Encoding.UTF8.GetString(input);
            ConfigMap map;
            try
            {
                map = new ConfigScope(new Source(text)).ParseFile("a.conf");
            }
            catch (ConfigSyntaxException e)
            {
                Assert.NotEmpty(e.Message);
                return;
            }

            Load(text);
            if (!CanBeQuoted(map))
                return;
            ConfigMap again = new ConfigScope(new Source(Rewritten(map))).ParseFile("a.conf");
            Assert.Equal(ConfigDigest.Of(map), ConfigDigest.Of(again));
        });
    }

    private static void Load(string text)
    {
        try
        {
            Assert.NotEmpty(ServerConfiguration.Load("a.conf", new Source(text)).Digest);
        }
        catch (ServerConfigurationException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    /// <summary>The same values with quotes around every text, in the widest layout that the language has.</summary>
    private static string Rewritten(ConfigValue value)
    {
        return value switch
        {
            ConfigMap map => "{\n" + string.Concat(map.Entries.Select(entry => $"{Key(entry.Key)} =\t{Rewritten(entry.Value)} // end\n")) + "}",
            ConfigArray array => "[\n" + string.Concat(array.Items.Select(item => $"{Rewritten(item.Value)} # end\n")) + " ]",
            ConfigText text => Quoted(text.Value),
            ConfigInteger integer => integer.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ConfigFloat number => number.Value.ToString("0.0###################", System.Globalization.CultureInfo.InvariantCulture),
            ConfigBoolean boolean => boolean.Value ? "Yes" : "OFF",
            ConfigTime time => time.Value.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException(value.KindName),
        };
    }

    private static bool CanBeQuoted(ConfigValue value)
    {
        return value switch
        {
            ConfigMap map => map.Entries.All(entry => !(entry.Key.Contains('"', StringComparison.Ordinal) && entry.Key.Contains('\'', StringComparison.Ordinal)) && CanBeQuoted(entry.Value)),
            ConfigArray array => array.Items.All(item => CanBeQuoted(item.Value)),
            _ => true,
        };
    }

    // Keys know no escapes: whichever quote is not in them.
    private static string Key(string key)
    {
        return key.Contains('"', StringComparison.Ordinal) ? $"'{key}'" : $"\"{key}\"";
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\x0d",
                '\t' => "\\t",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private sealed class Source(string text) : IConfigSource
    {
        public string ReadFile(string path) => path switch
        {
            "a.conf" => text,
            "b.conf" => "b: 1\nB { c: [2] }\n",
            _ => throw new IOException($"open {path}: no such file or directory"),
        };

        public bool TryGetVariable(string name, [NotNullWhen(true)] out string? value)
        {
            value = name == "ENV" ? "[1, two, {three: 3}]" : null;
            return value is not null;
        }
    }
}
