using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Messages;

/// <summary>Headers given as <c>-H Name:Value</c>; values may hold templates.</summary>
internal static class HeaderArguments
{
    /// <summary>Adds the headers to a set of them.</summary>
    /// <exception cref="CliException">One has no colon, no valid name, or a template that cannot be filled in.</exception>
    public static void AddTo(NatsHeaders headers, IReadOnlyList<string> arguments, MessageTemplate template, int count)
    {
        foreach (var argument in arguments)
        {
            var colon = argument.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                throw new CliException($"invalid header {Quoting.Quote(argument)}");
            }

            var name = argument[..colon].Trim();
            try
            {
                headers.Add(name, template.Expand(argument[(colon + 1)..].Trim(), count));
            }
            catch (FormatException cause)
            {
                throw new CliException($"failed to parse Header template for {name}: {cause.Message}", cause);
            }
            catch (ArgumentException cause)
            {
                throw new CliException($"invalid header {Quoting.Quote(argument)}", cause);
            }
        }
    }
}
