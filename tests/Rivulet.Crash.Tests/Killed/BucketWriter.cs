using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.Client;

namespace Rivulet.Crash.Tests.Killed;

/// <summary>
/// Writes to one bucket, one write at a time, until its connection is lost: puts, updates of the revision that it saw last,
/// deletes and purges of keys that it shares with other writers. Many of them on one connection make a pipeline.
/// </summary>
internal sealed class BucketWriter(NatsConnection connection, string bucket, RevisionLedger ledger, string name, int seed)
{
    private const int Keys = 60;
    private const int ValueBytesMax = 2_000;

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, ulong> _lastSeen = [];

    /// <summary>Returns when the connection is lost.</summary>
    /// <param name="onAcknowledged">Called for each acknowledged write.</param>
    /// <exception cref="InvalidOperationException">The server gave an answer that this load cannot cause.</exception>
    public async Task RunAsync(Action onAcknowledged)
    {
        for (int i = 0; ; i++)
        {
            KeyWrite write = Next(string.Create(CultureInfo.InvariantCulture, $"{name}.{i}"));
            ulong? expected = write.Kind == WriteKind.Put && _random.Next(4) == 0 && _lastSeen.TryGetValue(write.Key, out ulong last)
                ? last : null;
            ledger.Sent(write);
            NatsResult<NatsMessage> result = await connection.TryRequestAsync(
                $"$KV.{bucket}.{write.Key}", Encoding.UTF8.GetBytes(write.Value), Headers(write, expected));
            if (!result.TryGetValue(out NatsMessage? reply))
            {
                if (result.Error is NatsConnectionLostException or NatsConnectionClosedException)
                {
                    return;
                }

                throw new InvalidOperationException($"{bucket} {write}: {result.Error}", result.Error);
            }

            if (Report(write, expected, reply))
            {
                onAcknowledged();
            }
        }
    }

    private bool Report(KeyWrite write, ulong? expected, NatsMessage reply)
    {
        using var json = JsonDocument.Parse(reply.Payload);
        if (json.RootElement.TryGetProperty("error", out JsonElement error))
        {
            // Another writer was faster: that is all that may go wrong here.
            if (expected is null || error.GetProperty("err_code").GetInt32() != 10071)
            {
                throw new InvalidOperationException($"{bucket} {write}: {error}");
            }

            ledger.Refused(write);
            _lastSeen.Remove(write.Key);
            return false;
        }

        ulong sequence = json.RootElement.GetProperty("seq").GetUInt64();
        ledger.Acknowledged(write, sequence, expected);
        _lastSeen[write.Key] = sequence;
        return true;
    }

    private KeyWrite Next(string id)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"key.{_random.Next(Keys)}");
        return _random.Next(20) switch
        {
            0 => new KeyWrite(key, WriteKind.Purge, id, ""),
            1 => new KeyWrite(key, WriteKind.Delete, id, ""),
            _ => new KeyWrite(key, WriteKind.Put, id, $"{id} ".PadRight(_random.Next(ValueBytesMax), '.')),
        };
    }

    private static NatsHeaders Headers(KeyWrite write, ulong? expected)
    {
        var headers = new NatsHeaders { { JetStreamRequests.IdHeader, write.Id } };
        if (write.Kind != WriteKind.Put)
        {
            headers.Add("KV-Operation", write.Kind == WriteKind.Purge ? "PURGE" : "DEL");
        }

        if (write.Kind == WriteKind.Purge)
        {
            headers.Add("Nats-Rollup", "sub");
        }

        if (expected is { } revision)
        {
            headers.Add("Nats-Expected-Last-Subject-Sequence", revision.ToString(CultureInfo.InvariantCulture));
        }

        return headers;
    }
}
