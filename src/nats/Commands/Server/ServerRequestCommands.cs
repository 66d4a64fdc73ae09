using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.Server;

/// <summary><c>nats server request</c>: what servers answer, as it is, a line for each.</summary>
internal static class ServerRequestCommands
{
    private static readonly Argument<int> Limit = Argument.Count("limit", "Limit the responses to a certain amount of servers", "0");
    private static readonly Argument<ulong> Client = Argument.RequiredUnsigned("client", "The Client ID to disconnect");
    private static readonly Argument<string> KickServer = Argument.Required("host", "The Server ID that the client is connected to");
    private static readonly Flag<string> Name = Flag.Text("name", "Limit to servers matching a server name");
    private static readonly Flag<string> Host = Flag.Text("host", "Limit to servers matching a server host name");
    private static readonly Flag<string> Cluster = Flag.Text("cluster", "Limit to servers matching a cluster name");
    private static readonly Flag<string> Tags = Flag.Texts("tags", "Limit to servers with these configured tags");
    private static readonly Flag<int> Records = Flag.Count("limit", "Limit the responses to a certain amount of records", 2048);
    private static readonly Flag<int> Offset = Flag.Count("offset", "Start at a certain record", 0);
    private static readonly Flag<string> FilterAccount = Flag.Text("filter-account", "Filter on a specific account", "ACCOUNT");
    private static readonly Flag<string> FilterUser = Flag.Text("filter-user", "Filter on a specific username", "USER");
    private static readonly Flag<ulong> FilterClient = Flag.Unsigned("filter-cid", "Filter on a specific CID", "CID");
    private static readonly Flag<string> FilterInterest = Flag.Text(
        "filter-subject", "Limits responses only to those connections with matching subscription interest", "SUBJECT");

    private static readonly Flag<bool> Detail = Flag.Switch("detail", "Include detail about all subscriptions");
    private static readonly Flag<bool> Accounts = Flag.Switch("accounts", "Include details about accounts");
    private static readonly Flag<bool> All = Flag.Switch("all", "Include accounts, streams, consumers and configuration");
    private static readonly Flag<bool> JetStreamEnabled = Flag.Switch("js-enabled", "Checks that JetStream should be enabled on all servers", 'J');
    private static readonly Flag<bool> ServerOnly = Flag.Switch(
        "server-only", "Restricts the health check to the JetStream server only, do not check streams and consumers", 'S');

    private static readonly Flag<string> Account = Flag.Text("account", "Show what concerns a specific account");
    private static readonly Flag<string> User = Flag.Text("user", "Limit connections to a specific username");
    private static readonly Flag<string> Sort = Flag.Text("sort", "Sort by a specific property");
    private static readonly Flag<string> State = Flag.Choice("filter-state", "Show connections in a specific state (open, closed, all)", ["open", "closed", "all"], byDefault: "open");
    private static readonly Flag<bool> Subscriptions = Flag.Switch("subscriptions", "Show subscriptions");
    private static readonly Flag<string> Test = Flag.Text("filter-subject", "Only show subscriptions that match a subject");
    private static readonly Flag<bool> Streams = Flag.Switch("streams", "Include streams");
    private static readonly Flag<bool> Consumers = Flag.Switch("consumer", "Include consumers");
    private static readonly Flag<bool> Config = Flag.Switch("config", "Include configuration");
    private static readonly Flag<string> Stream = Flag.Text("stream", "Check only a specific stream");
    private static readonly Flag<string> Consumer = Flag.Text("consumer", "Check only a specific consumer");
    private static readonly Flag<bool> Details = Flag.Switch("details", "Include detailed error information");

    public static CommandSpec Spec => new("request", "Request monitoring data from a specific server")
    {
        Aliases = ["req"],
        Commands =
        [
            Page("accounts", "Show account details", "ACCOUNTZ", ["accountz", "acct"], [Account], (context, json) =>
                ServerFilterFlags.Write(json, "account", context.Text(Account))),
            Page("connections", "Show connection details", "CONNZ", ["conn", "connz"], [Account, User, FilterAccount, FilterUser, FilterClient, FilterInterest, Sort, State, Subscriptions], WriteConnections),
            Page("gateways", "Show gateway details", "GATEWAYZ", ["gateway", "gatewayz"], [], (_, _) => { }),
            Page("ipqueue", "Show IP Queue details", "IPQUEUESZ", ["ipq", "ipqueuesz"], [], (_, _) => { }),
            Page("jetstream-health", "Request JetStream health status", "HEALTHZ", ["healthz"], [JetStreamEnabled, ServerOnly, Account, Stream, Consumer, Details], WriteHealth),
            Page("jetstream", "Show JetStream details", "JSZ", ["jsz", "js"], [Account, Accounts, Streams, Consumers, Config, All], WriteJetStream),
            KickSpec,
            Page("leafnodes", "Show leafnode details", "LEAFZ", ["leaf", "leafz"], [], (_, _) => { }),
            Page("raft", "Show RAFT state details", "RAFTZ", ["raftz"], [Account], (context, json) =>
                ServerFilterFlags.Write(json, "account", context.Text(Account))),
            Page("routes", "Show route details", "ROUTEZ", ["route", "routez"], [], (_, _) => { }),
            Page("subscriptions", "Show subscription information", "SUBSZ", ["sub", "subsz"], [Account, FilterAccount, Subscriptions, Detail, Test], WriteSubscriptions),
            Page("variables", "Show runtime variables", "VARZ", ["var", "varz"], [], (_, _) => { }),
        ],
    };

    private static CommandSpec KickSpec => new("kick", "Disconnects a client immediately")
    {
        Arguments = [Client, KickServer],
        Run = KickAsync,
    };

    private static CommandSpec Page(
        string name, string help, string page, string[] aliases, FlagSpec[] flags, Action<CommandContext, Utf8JsonWriter> write)
    {
        return new CommandSpec(name, help)
        {
            Aliases = aliases,
            Arguments = [Limit],
            Flags = [Records, Offset, Name, Host, Cluster, Tags, .. flags],
            Run = context => RequestAsync(context, page, write),
        };
    }

    private static async Task RequestAsync(CommandContext context, string page, Action<CommandContext, Utf8JsonWriter> write)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var body = SystemQuery.Body(json =>
        {
            WriteFilter(context, json);
            json.WriteNumber("limit", context.Get(Records));
            json.WriteNumber("offset", context.Get(Offset));
            write(context, json);
        });
        var answers = await SystemQuery.AskAllAsync(context, connection, $"$SYS.REQ.SERVER.PING.{page}", body, context.Get(Limit)).ConfigureAwait(false);
        foreach (var answer in answers)
        {
            context.Output.WriteLine(answer.GetRawText());
        }
    }

    private static async Task KickAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var body = SystemQuery.Body(json => json.WriteNumber("cid", context.Get(Client)));
        var answer = await SystemQuery.AskOneAsync(context, connection, $"$SYS.REQ.SERVER.{context.Text(KickServer)}.KICK", body).ConfigureAwait(false);
        if (answer.At("error") is { } error)
        {
            throw new CliException($"could not kick client: {error.Text("description")}");
        }

        context.Output.WriteLine(answer.GetRawText());
    }

    private static void WriteFilter(CommandContext context, Utf8JsonWriter json)
    {
        ServerFilterFlags.Write(json, "server_name", context.Text(Name));
        ServerFilterFlags.Write(json, "host", context.Text(Host));
        ServerFilterFlags.Write(json, "cluster", context.Text(Cluster));
        var tags = context.GetAll(Tags);
        if (tags.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tags");
        foreach (var tag in tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
    }

    private static void WriteConnections(CommandContext context, Utf8JsonWriter json)
    {
        json.WriteBoolean("auth", true);
        ServerFilterFlags.Write(json, "acc", Either(context, Account, FilterAccount));
        ServerFilterFlags.Write(json, "user", Either(context, User, FilterUser));
        ServerFilterFlags.Write(json, "filter_subject", context.Text(FilterInterest));
        if (context.Has(FilterClient))
        {
            json.WriteNumber("cid", context.Get(FilterClient));
        }

        ServerFilterFlags.Write(json, "sort", context.Text(Sort));
        json.WriteBoolean("subscriptions", context.Get(Subscriptions));
        json.WriteNumber("state", context.Text(State) switch { "closed" => 1, "all" => 2, _ => 0 });
    }

    private static void WriteHealth(CommandContext context, Utf8JsonWriter json)
    {
        ServerFilterFlags.Write(json, "account", context.Text(Account));
        ServerFilterFlags.Write(json, "stream", context.Text(Stream));
        ServerFilterFlags.Write(json, "consumer", context.Text(Consumer));
        json.WriteBoolean("details", context.Get(Details));
        json.WriteBoolean("js-enabled-only", context.Get(JetStreamEnabled));
        json.WriteBoolean("js-server-only", context.Get(ServerOnly));
    }

    private static void WriteJetStream(CommandContext context, Utf8JsonWriter json)
    {
        ServerFilterFlags.Write(json, "account", context.Text(Account));
        var all = context.Get(All);
        json.WriteBoolean("accounts", all || context.Get(Accounts));
        json.WriteBoolean("streams", all || context.Get(Streams));
        json.WriteBoolean("consumer", all || context.Get(Consumers));
        json.WriteBoolean("config", all || context.Get(Config));
    }

    private static void WriteSubscriptions(CommandContext context, Utf8JsonWriter json)
    {
        ServerFilterFlags.Write(json, "account", Either(context, Account, FilterAccount));
        ServerFilterFlags.Write(json, "test", context.Text(Test));
        json.WriteBoolean("subscriptions", context.Get(Subscriptions) || context.Get(Detail) || context.Text(Test).Length > 0);
    }

    private static string Either(CommandContext context, Flag<string> flag, Flag<string> other) =>
        context.Text(flag) is { Length: > 0 } text ? text : context.Text(other);
}
