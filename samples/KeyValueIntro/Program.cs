// An introduction to Key-Value buckets.
//
//   dotnet run --project samples/KeyValueIntro                            with a server inside this program
//   dotnet run --project samples/KeyValueIntro nats://127.0.0.1:4222      with a server that runs already; or set NATS_URL

using KeyValueIntro;
using Rivulet.Client;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

string? url = args.Length > 0 ? args[0] : Environment.GetEnvironmentVariable("NATS_URL");
await using EmbeddedServer? server = string.IsNullOrEmpty(url) ? await EmbeddedServer.StartAsync() : null;
await using NatsConnection connection = server is null
    ? await NatsConnection.ConnectAsync(url!)
    : await NatsConnection.ConnectAsync(server.ClientOptions);

// Buckets live in JetStream. The one of this introduction is deleted in the end, so it must not be somebody else's.
KeyValueContext buckets = new(connection.CreateJetStreamContext());
if ((await buckets.TryGetBucketAsync("profiles")).Success)
{
    Console.Error.WriteLine("The server has a bucket 'profiles' already. Delete it, or use another server.");
    return 1;
}

KeyValueBucket profiles = await buckets.CreateBucketAsync(new KeyValueConfig("profiles"));
try
{
    // Every value that is put gets a revision.
    await profiles.PutAsync("sue.color", "blue");
    Print(await profiles.GetAsync("sue.color"));
    await profiles.PutAsync("sue.color", "green");
    Print(await profiles.GetAsync("sue.color"));

    // An update names the revision that it goes by. Revision 1 is not the last one any more, so nothing happens.
    try
    {
        await profiles.UpdateAsync("sue.color", "red", revision: 1);
    }
    catch (KeyValueWrongLastRevisionException stale)
    {
        Console.WriteLine(stale.Message);
    }

    Print(await profiles.GetAsync("sue.color"));

    // A bucket is a stream with rules. Keys are subjects, revisions are sequences, so it can be read like any stream.
    KeyValueStatus status = await profiles.StatusAsync();
    Console.WriteLine($"KV stream name {status.StreamName}");
    await using (OrderedConsumer stream = await profiles.Stream.CreateOrderedConsumerAsync())
    {
        Show(await stream.ReadAsync());
        await profiles.PutAsync("sue.color", "yellow");
        Show(await stream.ReadAsync());

        // A delete is one more message, without a value. Its header says what it is.
        await profiles.DeleteAsync("sue.color");
        JetStreamMessage? deleted = await stream.ReadAsync();
        Show(deleted);
        Console.WriteLine($"kv operation: {deleted?.Headers?["KV-Operation"]}");
    }

    // A watch hands out the latest revision of every key that matches, and then what changes.
    await using KeyValueWatch watch = await profiles.WatchAsync("sue.*");
    await foreach (KeyValueEntry entry in watch.InitialEntriesAsync())
        Print(entry, "History ");
    await profiles.PutAsync("sue.food", "pizza");
    Print(await watch.ReadAsync(), "Updated ");
}
finally
{
    await buckets.DeleteBucketAsync("profiles");
}

return 0;

static void Print(KeyValueEntry? entry, string prefix = "") =>
    Console.WriteLine($"{prefix}{entry?.Key} @ {entry?.Revision} -> {entry?.Decode<string>()}");

static void Show(JetStreamMessage? message) =>
    Console.WriteLine($"{message?.Subject} @ {message?.StreamSequence} -> '{message?.Decode<string>()}'");
