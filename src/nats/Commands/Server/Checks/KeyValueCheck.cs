using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check kv</c>: whether a bucket is there, how many values it has, and whether a key has one.</summary>
internal static class KeyValueCheck
{
    private static readonly Flag<string> Bucket = Flag.Text("bucket", "Checks a specific bucket");
    private static readonly Flag<long> ValuesCritical = Flag.Within("values-critical", "Critical threshold for number of values in the bucket", -1, long.MaxValue, -1);
    private static readonly Flag<long> ValuesWarn = Flag.Within("values-warn", "Warning threshold for number of values in the bucket", -1, long.MaxValue, -1);
    private static readonly Flag<string> Key = Flag.Text("key", "Requires a key to have any non-delete value set");

    public static CommandSpec Spec => new("kv", "Checks a NATS KV Bucket")
    {
        Flags = [Bucket, ValuesCritical, ValuesWarn, Key, .. CheckRunner.Flags],
        Run = context =>
        {
            CheckFlags.Require(context, Bucket);
            return CheckRunner.RunAsync(context, context.Text(Bucket), "kv", (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        var name = context.Text(Bucket);
        KeyValueBucket bucket;
        try
        {
            bucket = await connection.Buckets.GetBucketAsync(name).ConfigureAwait(false);
        }
        catch (KeyValueBucketNotFoundException)
        {
            result.Critical($"bucket {name} not found");
            return;
        }

        result.Ok($"bucket {name}");
        var status = await bucket.StatusAsync().ConfigureAwait(false);
        var (warn, critical) = (context.Get(ValuesWarn), context.Get(ValuesCritical));

        // In the places where the official program prints them.
        result.Add(new CheckMetric("values", status.Values, "", Math.Max(0, critical), Math.Max(0, warn), "How many values are stored in the bucket"));
        result.Add(new CheckMetric("bytes", status.Bytes, "B", Help: "Bytes stored in the bucket"));
        result.Add(new CheckMetric("replicas", status.Replicas, Help: "Replicas of the bucket"));
        if (warn >= 0 || critical >= 0)
        {
            CheckFlags.Judge(result, (long)status.Values, warn, critical, $"{Numbers.Plain(status.Values)} values");
        }

        if (context.Text(Key) is { Length: > 0 } key)
        {
            await CheckKeyAsync(bucket, key, result).ConfigureAwait(false);
        }
    }

    private static async Task CheckKeyAsync(KeyValueBucket bucket, string key, CheckResult result)
    {
        try
        {
            await bucket.GetAsync(key).ConfigureAwait(false);
            result.Ok($"key {key} found");
        }
        catch (KeyValueKeyNotFoundException)
        {
            result.Critical($"key {key} not found");
        }
    }
}
