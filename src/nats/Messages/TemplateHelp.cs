namespace Rivulet.Cli.Messages;

/// <summary>The part of the help that tells of templates.</summary>
internal static class TemplateHelp
{
    public const string Functions = """
        The functions that templates may use:

           Count            number of the message
           TimeStamp        the time in RFC3339 format
           Unix             the time as seconds since 1970 in UTC
           UnixNano         the time as nano seconds since 1970 in UTC
           Time             the time of day
           ID               an unique ID
        """;

    public const string RandomFunction = "   Random(min, max) random letters and digits, min to max of them";

    public static string ForSending(string command) => $$$"""
        Templates in the body and in header values make each message different.

           nats {{{command}}} test --count 10 "Message {{Count}} @ {{Time}}"

        Texts of 10 to 100 random characters:

           nats {{{command}}} test --count 10 "Message {{Count}}: {{ Random 10 100 }}"

        {{{Functions}}}
        {{{RandomFunction}}}
        """;
}
