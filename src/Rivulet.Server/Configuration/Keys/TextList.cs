using Rivulet.Server.Configuration.Language;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>The value of a key that takes a text, or several of them.</summary>
internal static class TextList
{
    /// <summary>Reads one; false if something is wrong with it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="what">What the texts are, for error messages.</param>
    /// <param name="problems">Where to say what is wrong.</param>
    /// <param name="texts">The texts.</param>
    public static bool TryRead(ConfigEntry entry, string what, ConfigProblems problems, out List<string> texts)
    {
        texts = [];
        switch (entry.Value)
        {
            case ConfigText text:
                texts.Add(text.Value);
                return true;
            case ConfigArray array:
                foreach (var item in array.Items)
                {
                    if (item.Value is ConfigText element)
                        texts.Add(element.Value);
                    else
                        problems.Error(item.Position, $"error parsing {what}: unsupported type in array {item.Value.KindName}");
                }

                return texts.Count == array.Items.Count;
            default:
                problems.Error(entry.Position, $"error parsing {what}: unsupported type {entry.Value.KindName}");
                return false;
        }
    }
}
