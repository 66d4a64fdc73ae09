using Rivulet.Server.Host.CommandLine;
using Rivulet.Storage.Checking;

namespace Rivulet.Server.Host.Store;

/// <summary>What a command line says behind the word <c>store</c>.</summary>
internal sealed record StoreArguments
{
    /// <summary>What to do: check, inspect or repair. Empty with <see cref="ShowHelp"/>.</summary>
    public string Action { get; private init; } = "";

    /// <summary>The directory of the store, as given.</summary>
    public string Directory { get; private init; } = "";

    /// <summary>Where a repaired store is to be written.</summary>
    public string NewDirectory { get; private init; } = "";

    /// <summary>Whether to print JSON.</summary>
    public bool Json { get; private init; }

    /// <summary>Which records to list; null for none.</summary>
    public RecordQuery? Records { get; private init; }

    /// <summary>Whether to print the help and end.</summary>
    public bool ShowHelp { get; private init; }

    /// <summary>Reads the arguments; flags may stand anywhere.</summary>
    /// <exception cref="FlagException">They cannot be understood.</exception>
    public static StoreArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new StoreArguments();
        var words = new List<string>();
        for (int at = 0; at < arguments.Count; at++)
        {
            if (!arguments[at].StartsWith('-'))
            {
                words.Add(arguments[at]);
                continue;
            }
            string[] parts = arguments[at].TrimStart('-').Split('=', 2);
            string Value() => parts.Length > 1 ? parts[1]
                : at + 1 < arguments.Count ? arguments[++at]
                : throw new FlagException($"flag needs an argument: -{parts[0]}");
            parsed = parts[0] switch
            {
                "h" or "help" => parsed with { ShowHelp = true },
                "json" => parsed with { Json = true },
                "records" => parsed with { Records = parsed.Records ?? new RecordQuery() },
                "stream" => parsed with { Records = (parsed.Records ?? new RecordQuery()) with { Stream = Value() } },
                "subject" => parsed with { Records = (parsed.Records ?? new RecordQuery()) with { Subject = Value() } },
                _ => throw new FlagException($"flag provided but not defined: -{parts[0]}"),
            };
        }
        return parsed.ShowHelp || words is ["help", ..] ? parsed with { ShowHelp = true } : parsed.WithWords(words);
    }

    private StoreArguments WithWords(List<string> words)
    {
        if (words.Count == 0)
            throw new FlagException("store needs a command: check, inspect or repair");
        if (words[0] is not ("check" or "inspect" or "repair"))
            throw new FlagException($"unrecognized store command: \"{words[0]}\"");
        if (Records is not null && words[0] != "inspect")
            throw new FlagException($"store {words[0]} lists no records; store inspect does");
        int wanted = words[0] == "repair" ? 3 : 2;
        if (words.Count < 2)
            throw new FlagException($"store {words[0]} needs the directory of a store");
        if (words.Count < wanted)
            throw new FlagException("store repair needs a second directory, to write the repaired store to; the damaged one is left as it is");
        if (words.Count > wanted)
            throw new FlagException($"unexpected argument: \"{words[wanted]}\"");
        return this with { Action = words[0], Directory = words[1], NewDirectory = wanted > 2 ? words[2] : "" };
    }
}
