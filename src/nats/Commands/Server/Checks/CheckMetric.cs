using System.Globalization;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary>A figure that a check measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit: <c>s</c>, <c>B</c>, <c>%</c>, or nothing.</param>
/// <param name="Warning">From where on it is a warning; 0 for nowhere.</param>
/// <param name="Critical">From where on it is critical; 0 for nowhere.</param>
/// <param name="Help">What it is.</param>
internal sealed record CheckMetric(string Name, double Value, string Unit = "", double Warning = 0, double Critical = 0, string Help = "")
{
    /// <summary>As monitoring plugins print it: <c>connect_time=0.0008s;0.5000;1.0000</c>.</summary>
    public override string ToString()
    {
        var text = $"{Name}={Text(Value)}{Unit}";
        if (Warning > 0)
        {
            text += $";{Text(Warning)}";
        }
        else if (Critical > 0)
        {
            text += ";";
        }

        return Critical > 0 ? $"{text};{Text(Critical)}" : text;
    }

    public string Text(double value) => value.ToString(Unit == "s" ? "F4" : "F0", CultureInfo.InvariantCulture);
}
