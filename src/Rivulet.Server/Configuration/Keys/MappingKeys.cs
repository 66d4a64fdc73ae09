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

        string subject = "";
        int? weight = null;
        foreach (var entry in map.Entries)
        {
            switch (entry.Key.ToLowerInvariant())
            {
                case "dest" or "destination":
                    if (entry.Value is not ConfigText text)
                    {
                        problems.WrongKind(entry.Position, entry.Value, "string");
                        return null;
                    }

                    subject = text.Value;
                    break;
                case "weight":
                    if (!TryReadWeight(entry, problems, out int read))
                        return null;
                    weight = read;
                    break;
                case "cluster":
                    problems.Unsupported(entry, "mappings of one cluster");
                    return null;
                default:
                    problems.Error(entry.Position, $"Unknown field \"{entry.Key}\" for mapping destination");
                    return null;
            }
        }

        if (weight is { } known)
            return new MappingDestination(subject, known);
        problems.Error(position, $"Missing weight for mapping destination \"{subject}\"");
        return null;
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
}
