using Rivulet.Cli.CommandLine;
using Rivulet.Client;

namespace Rivulet.Cli.Messages;

/// <summary>
/// Makes the messages that <c>pub</c> and <c>req</c> send out of what the user wrote: templates filled in, headers added.
/// A template of a body or subject that makes no sense is told, and the text is sent as it is.
/// </summary>
internal sealed class MessageComposer(CommandContext context, Argument<string> subject, Flag<string> headers)
{
    public static readonly Flag<bool> Templates = Flag.Toggle("templates", "Fill in templates in the body and the subject (headers always are)", byDefault: true);

    private readonly MessageTemplate _template = new(context.Host.Clock, Random.Shared);
    private readonly string _subject = context.Text(subject);
    private readonly List<string> _headers = context.GetAll(headers);
    private readonly bool _isOn = context.Get(Templates);

    /// <param name="number">The number of the message, from 1.</param>
    public string Subject(int number)
    {
        try
        {
            return _isOn ? _template.Expand(_subject, number) : _subject;
        }
        catch (FormatException failure)
        {
            context.Log.Line($"Could not parse subject template: {failure.Message}");
            return _subject;
        }
    }

    public ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> body, int number)
    {
        try
        {
            return _isOn ? _template.Expand(body, number) : body;
        }
        catch (FormatException failure)
        {
            context.Log.Line($"Could not parse body template: {failure.Message}");
            return body;
        }
    }

    /// <summary>The headers, or null when there are none.</summary>
    /// <exception cref="CliException">A header makes no sense.</exception>
    public NatsHeaders? Headers(int number)
    {
        if (_headers.Count == 0)
        {
            return null;
        }

        var composed = new NatsHeaders();
        HeaderArguments.AddTo(composed, _headers, _template, number);
        return composed;
    }
}
