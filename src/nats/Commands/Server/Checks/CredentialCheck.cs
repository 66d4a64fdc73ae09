using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check credential</c>: whether a credentials file can be read, and how long its token holds. It asks no server.</summary>
internal static class CredentialCheck
{
    private const string TokenStart = "eyJ";

    private static readonly Flag<string> Credential = Flag.Text("credential", "The file holding the NATS credential");
    private static readonly Flag<long> Warn = Flag.Duration("validity-warn", "Warning threshold for time before expiry", "DURATION");
    private static readonly Flag<long> Critical = Flag.Duration("validity-critical", "Critical threshold for time before expiry", "DURATION");
    private static readonly Flag<bool> RequireExpiry = Flag.Toggle("require-expiry", "Requires the credential to have expiry set", byDefault: true);

    public static CommandSpec Spec => new("credential", "Checks the validity of a NATS credential file")
    {
        Flags = [Credential, Warn, Critical, RequireExpiry, .. CheckRunner.Flags],
        Run = context =>
        {
            CheckFlags.Require(context, Credential);
            return CheckRunner.RunAsync(context, "Credential", "credential", result => Check(context, result));
        },
    };

    private static void Check(CommandContext context, CheckResult result)
    {
        string text;
        try
        {
            text = File.ReadAllText(context.Text(Credential));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            result.Critical($"credential not accessible: {failure.Message}");
            return;
        }

        if (ExpiryOf(text) is { } expires)
        {
            Judge(context, result, expires);
        }
        else
        {
            result.Critical("invalid credential: there is no token in it");
        }
    }

    private static void Judge(CommandContext context, CheckResult result, long expires)
    {
        var left = expires - context.Host.Clock.GetUtcNow().ToUnixTimeSeconds();
        var (warn, critical) = (context.Get(Warn), context.Get(Critical));
        var (warnSeconds, criticalSeconds) = (warn / Durations.Second, critical / Durations.Second);
        result.Add(new CheckMetric("expiry", expires == 0 ? 0 : left, "s", warnSeconds, criticalSeconds, "Expiry time in seconds"));
        if (expires == 0)
        {
            if (context.Get(RequireExpiry))
            {
                result.Critical("never expires");
            }
            else
            {
                result.Ok("never expires");
            }
        }
        else if (left <= 0)
        {
            result.Critical($"expired {Durations.Short(-left * Durations.Second)} ago");
        }
        else if (critical > 0 && left <= criticalSeconds)
        {
            result.Critical($"expires sooner than {Durations.Short(critical)}");
        }
        else if (warn > 0 && left <= warnSeconds)
        {
            result.Warn($"expires sooner than {Durations.Short(warn)}");
        }
        else
        {
            result.Ok(string.Create(CultureInfo.InvariantCulture, $"expires in {DateTimeOffset.FromUnixTimeSeconds(Math.Min(expires, 253402300799)):yyyy-MM-dd HH:mm:ss} +0000 UTC"));
        }
    }

    /// <summary>When the token in a file runs out, in seconds since 1970; 0 for never, and null if there is no token.</summary>
    private static long? ExpiryOf(string text)
    {
        var token = text.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.StartsWith(TokenStart, StringComparison.Ordinal));
        if (token?.Split('.') is not [_, var body, _])
        {
            return null;
        }

        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(body));
            return claims.RootElement.ValueKind == JsonValueKind.Object ? claims.RootElement.Number("exp") : null;
        }
        catch (Exception failure) when (failure is FormatException or JsonException)
        {
            return null;
        }
    }
}
