using System.Globalization;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Security;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The key <c>mappings</c>: what subjects become when clients publish to them.</summary>
internal static class MappingKeys
{
    private const int WeightMax = 100;

    private static readonly KeyTable<Destination> DestinationTable =
        new KeyTable<Destination>("Unknown field \"{0}\" for mapping destination", isStrict: true)
            .Text((d, v) => d with { Subject = v }, "dest", "destination")
            .Custom(ReadWeight, "weight")
            .Custom(Cluster, "cluster");

    /// <summary>Names of the keys of a destination.</summary>
    public static IEnumerable<string> DestinationNames => DestinationTable.Names;

    /// <summary>The mappings that an entry says. What is wrong with one is among the problems, and then there may be fewer.</summary>
    public static IReadOnlyList<SubjectMapping> Read(ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigMap map)
        {
            problems.WrongKind(entry.Position, entry.Value, "map[string]interface {}");
            return [];
        }

        var mappings = new List<SubjectMapping>();
        foreach (var inner in map.Entries)
        {
            if (!Subject.IsValidSubscription(Encoding.UTF8.GetBytes(inner.Key)))
            {
                problems.Error(entry.Position, $"Subject \"{inner.Key}\" is not a valid subject");
                continue;
            }

            if (DestinationsOf(inner, problems) is not { } destinations)
                continue;
            var mapping = new SubjectMapping { Source = inner.Key, Destinations = destinations };
            if (AccountMapping.Parse(mapping, out _) is not { } mistake)
                mappings.Add(mapping);
            else if (inner.Value is ConfigText)
                problems.Error(inner.Position, $"Error adding mapping for \"{inner.Key}\" to \"{destinations[0].Subject}\" : {mistake}");
            else
                problems.Error(inner.Position, $"Error adding mapping for \"{inner.Key}\" : {mistake}");
        }

        return mappings;
    }

    private static List<MappingDestination>? DestinationsOf(ConfigEntry entry, ConfigProblems problems)
    {
        switch (entry.Value)
        {
            case ConfigText text:
                return [new MappingDestination(text.Value, WeightMax)];
            case ConfigArray array:
                var destinations = new List<MappingDestination>();
                foreach (var item in array.Items)
                {
                    if (DestinationOf(item.Value, item.Position, problems) is not { } destination)
                        return null;
                    destinations.Add(destination);
                }

                return destinations;
            default:
                return DestinationOf(entry.Value, entry.Position, problems) is { } only ? [only] : null;
        }
    }

    private static MappingDestination? DestinationOf(ConfigValue value, ConfigPosition position, ConfigProblems problems)
    {
        if (value is not ConfigMap map)
        {
            problems.Error(position, "Expected an entry for the mapping destination");
            return null;
        }

        int errors = problems.Errors.Count;
        var read = DestinationTable.Apply(map, new Destination("", null), problems);
        if (problems.Errors.Count > errors)
            return null;
        if (read.Weight is { } weight)
            return new MappingDestination(read.Subject, weight);
        problems.Error(position, $"Missing weight for mapping destination \"{read.Subject}\"");
        return null;
    }

    private static Destination ReadWeight(Destination destination, ConfigEntry entry, ConfigProblems problems)
    {
        return TryReadWeight(entry, problems, out int weight) ? destination with { Weight = weight } : destination;
    }

    private static bool TryReadWeight(ConfigEntry entry, ConfigProblems problems, out int weight)
    {
        weight = 0;
        long number;
        switch (entry.Value)
        {
            case ConfigInteger integer:
                number = integer.Value;
                break;
            case ConfigText text:
                string digits = text.Value.EndsWith('%') ? text.Value[..^1] : text.Value;
                if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
                    break;
                problems.Error(entry.Position, $"Invalid weight \"{digits}\" for mapping destination");
                return false;
            default:
                problems.Error(entry.Position, $"Unknown entry type for weight of {ValueText.Of(entry.Value)}");
                return false;
        }

        if (number is < 0 or > WeightMax)
        {
            problems.Error(
                entry.Position, string.Create(CultureInfo.InvariantCulture, $"Invalid weight {number} for mapping destination"));
            return false;
        }

        weight = (int)number;
        return true;
    }

    // Whatever it says: a mapping of another cluster is not one of this server.
    private static Destination Cluster(Destination destination, ConfigEntry entry, ConfigProblems problems)
    {
        problems.Unsupported(entry, "mappings of one cluster");
        return destination;
    }

    private sealed record Destination(string Subject, int? Weight);
}
