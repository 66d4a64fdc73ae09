using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Monitoring;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Monitoring.Pages;

namespace Rivulet.Server.SystemRequests;

/// <summary>
/// Answers <c>$SYS.REQ.SERVER.*</c> and <c>$SYS.REQ.ACCOUNT.*</c> in the system account, and in each other account the few of them that
/// its own users may ask, about nothing but that account.
/// </summary>
/// <remarks>
/// What is found for a request runs on the server's own threads. The subjects are told apart by their tokens and not by a subscription
/// for each: what nothing is found for has no responders.
/// </remarks>
internal sealed class SystemService
{
    private const string Ping = "PING";
    private const string Statistics = "STATSZ";
    private const string AccountStatistics = "STATZ";

    // $SYS.REQ.SERVER.<id>.<page>, $SYS.REQ.ACCOUNT.<name>.<page>
    private const int KindToken = 2;
    private const int NameToken = 3;
    private const int PageToken = 4;
    private const int TokensOfPing = 4;
    private const int TokensOfPage = 5;

    private static readonly RequestOption[] StatisticsOptions =
    [
        new("accounts", RequestOptionKind.Texts, null),
        new("include_unused", RequestOptionKind.Boolean, null),
    ];

    private static readonly RequestOption[] ConnectionIdOptions = [new("cid", RequestOptionKind.Unsigned, null)];

    private static readonly RequestOption[] SubscriberOptions =
    [
        new("acc", RequestOptionKind.Text, null),
        new("subject", RequestOptionKind.Text, null),
        new("queue", RequestOptionKind.Text, null),
    ];

    private readonly MonitoredServer _server;
    private readonly ServerStamp _stamp;
    private readonly SystemPages _pages;
    private readonly StatisticsPage _statistics;
    private readonly AccountConnectionsText _accountConnections;

    /// <summary>Answers for a server.</summary>
    /// <param name="server">What the pages look at.</param>
    /// <param name="stamp">What the server says about itself.</param>
    /// <param name="pages">The pages.</param>
    /// <param name="accountConnections">Tells how many connections an account has.</param>
    public SystemService(
        MonitoredServer server, ServerStamp stamp, SystemPages pages, AccountConnectionsText accountConnections)
    {
        _server = server;
        _stamp = stamp;
        _pages = pages;
        _statistics = new StatisticsPage(server);
        _accountConnections = accountConnections;
    }

    /// <summary>Finds what answers a request in the system account; null if nothing does.</summary>
    public Action? Find(SystemRequest request)
    {
        string[] tokens = request.Tokens;
        return tokens[KindToken] switch
        {
            "SERVER" when tokens.Length == TokensOfPing && tokens[NameToken] == Ping => () => AnswerStatistics(request),
            "SERVER" when tokens.Length == TokensOfPage => FindOfServer(request, tokens[NameToken], tokens[PageToken]),
            "ACCOUNT" when tokens.Length == TokensOfPage => FindOfAccount(request, tokens[NameToken], tokens[PageToken]),
            "ACCOUNT" when tokens.Length == TokensOfPing && tokens[NameToken] == "NSUBS" => () => CountSubscribers(request),
            _ => null,
        };
    }

    /// <summary>
    /// Finds what answers a request in another account, of those few that any account has: <c>$SYS.REQ.ACCOUNT.PING.CONNZ</c>,
    /// <c>$SYS.REQ.ACCOUNT.PING.STATZ</c> and <c>$SYS.REQ.SERVER.PING.CONNZ</c>.
    /// </summary>
    public Action FindOwn(SystemRequest request)
    {
        string account = request.AccountName;
        return request.Tokens[PageToken] == AccountStatistics
            ? () => AnswerAccountStatistics(request, account)
            : () => Answer(request, _pages.Connections, query => query["acc"] = account);
    }

    private Action? FindOfServer(SystemRequest request, string server, string name)
    {
        bool isThis = server == _server.Identity.Id;
        if (!isThis && server != Ping)
            return null;
        return name switch
        {
            Statistics => () => AnswerStatistics(request),
            "IDZ" => () => request.Respond(SystemJson.Object(_stamp.WriteName)),
            "KICK" when isThis => () => OnConnection(request, "KICK", "no such client or leafnode id", ConnectionOrders.Kick),
            "LDM" when isThis => () => OnConnection(request, "LDM", "no such client id", ConnectionOrders.SendAway),
            "RELOAD" when isThis => () => Reload(request),
            _ => _pages.Find(name) is { } page ? () => Answer(request, page) : null,
        };
    }

    private Action? FindOfAccount(SystemRequest request, string account, string name)
    {
        return name switch
        {
            AccountStatistics when account == Ping => () => AnswerAccountStatistics(request, account: null),
            AccountStatistics => () => AnswerAccountStatistics(request, account),
            "CONNZ" => () => Answer(request, _pages.Connections, query => query["acc"] = account),
            "LEAFZ" => () => Answer(request, _pages.LeafNodes),
            "SUBSZ" => () => Answer(request, _pages.Subscriptions, query => (query["acc"], query["subs"]) = (account, "1")),
            "INFO" => () => Answer(request, Page("INFO", (json, _) => WriteInfo(json, account))),
            "JSZ" => () => Answer(request, Page("JSZ", (json, _) => WriteJetStream(json, account))),
            "CONNS" => () => AnswerConnections(request, account),
            _ => null,
        };
    }

    private static SystemPage Page(string name, SystemPage.Writer write)
    {
        return new SystemPage(name, [], write);
    }

    private void Answer(SystemRequest request, SystemPage page, Action<Dictionary<string, string>>? adjust = null)
    {
        if (!IsReadable(request, page.Name, page.Options, out var body))
            return;
        var parameters = body.Parameters(page.Options);
        Translate(parameters);
        adjust?.Invoke(parameters);
        var data = new ArrayBufferWriter<byte>();
        string? error = null;
        using (var json = new Utf8JsonWriter(data, SystemJson.Layout))
        {
            json.WriteStartObject();
            try
            {
                page.Write(json, new HttpQuery(parameters));
            }
            catch (HttpQueryException e)
            {
                error = e.Message;
            }

            json.WriteEndObject();
        }

        request.Respond(SystemJson.Object(json =>
        {
            _stamp.Write(json);
            json.WritePropertyName("data");
            if (error is null)
                json.WriteRawValue(data.WrittenSpan, skipInputValidation: true);
            else
                WriteNoData(json, error);
        }));
    }

    // The pages know these two by other values.
    private static void Translate(Dictionary<string, string> parameters)
    {
        if (parameters.Remove("detail"))
            parameters["subs"] = "detail";
        if (parameters.TryGetValue("state", out string? state))
            parameters["state"] = state switch { "1" => "closed", "2" => "all", _ => "open" };
    }

    private static void WriteNoData(Utf8JsonWriter json, string error)
    {
        json.WriteNullValue();
        WriteError(json, 500, error);
    }

    private static void WriteError(Utf8JsonWriter json, int code, string description)
    {
        json.WriteStartObject("error");
        json.WriteNumber("code", code);
        json.WriteString("description", description);
        json.WriteEndObject();
    }

    /// <summary>Reads what a request says. If it makes no sense it is answered, and if it is for other servers it is not.</summary>
    private bool IsReadable(SystemRequest request, string page, IReadOnlyList<RequestOption> options, out RequestBody body)
    {
        if (RequestBody.Read(request.Body, page, options, out body) is not { } mistake)
            return body.Filter.Admits(_server.Identity, _server.Options);
        Refuse(request, 400, mistake);
        return false;
    }

    private void Refuse(SystemRequest request, int code, string description)
    {
        request.Respond(SystemJson.Object(json =>
        {
            _stamp.Write(json);
            WriteError(json, code, description);
        }));
    }

    private void AnswerStatistics(SystemRequest request)
    {
        if (!IsReadable(request, Statistics, [], out _))
            return;
        request.Respond(SystemJson.Object(json =>
        {
            _stamp.Write(json);
            _statistics.Write(json);
        }));
    }

    /// <summary>Answers for one account, or for those that are named, or for those that are in use. Nobody answers for none.</summary>
    private void AnswerAccountStatistics(SystemRequest request, string? account)
    {
        if (!IsReadable(request, AccountStatistics, StatisticsOptions, out var body))
            return;
        var named = account is null ? body.Texts("accounts") : [account];
        bool withUnused = named.Count > 0 || body.Flag("include_unused");
        List<Account> accounts =
        [
            .. _pages.Accounts.InOrder().Where(
                one => (named.Count == 0 || named.Contains(one.Name, StringComparer.Ordinal)) && (withUnused || one.ConnectionCount > 0)),
        ];
        if (accounts.Count == 0)
            return;
        request.Respond(SystemJson.Object(json =>
        {
            _stamp.Write(json);
            json.WriteStartObject("data");
            _pages.Accounts.WriteStatistics(json, accounts);
            json.WriteEndObject();
        }));
    }

    /// <summary>Finds what answers <c>$SYS.DEBUG.SUBSCRIBERS</c>: how many of the requester's account hear a subject.</summary>
    public Action FindSubscribers(SystemRequest request)
    {
        return () =>
        {
            if (!_server.Environment.Accounts.TryGet(request.Requester, out var account))
                return;

            // A subject, and maybe a queue group behind a blank.
            string[] words = Encoding.UTF8.GetString(request.Body.Span).Trim().Split(' ');
            int count = CountClients(account, Encoding.UTF8.GetBytes(words[0]), words.Length > 1 ? words[1] : null);
            request.RespondPlainly(Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture)));
        };
    }

    private static int CountClients(Account account, byte[] subject, string? queue)
    {
        bool isLiteral = Subject.IsValidLiteral(subject);
        if (!isLiteral && !Subject.IsValidSubscription(subject))
            return 0;
        return account.Router.Subscriptions().Count(target => target is Connections.ClientSubscription client
            && (isLiteral ? Subject.Matches(subject, client.Filter) : Subject.IsSubset(client.Filter, subject))
            && (queue is null || (queue.Length > 0 && ConnectionOrders.QueueOf(client) == queue)));
    }

    private void AnswerConnections(SystemRequest request, string name)
    {
        if (_server.Environment.Accounts.TryGet(name, out var account))
            request.Respond(_accountConnections.Of(account));
    }

    private void WriteInfo(Utf8JsonWriter json, string name)
    {
        var accounts = _server.Environment.Accounts;
        if (!accounts.TryGet(name, out var account))
            throw new HttpQueryException($"Account {name} does not exist");
        AccountDetail.Write(json, account, account == accounts.System);
    }

    private void WriteJetStream(Utf8JsonWriter json, string name)
    {
        if (!_server.Environment.Accounts.TryGet(name, out var account))
            throw new HttpQueryException($"account \"{name}\" not found");
        if (account.JetStream is not { } jetStream)
            throw new HttpQueryException($"account \"{name}\" not jetstream enabled");
        JetStreamFigures.WriteAccount(json, jetStream);
    }

    private void OnConnection(SystemRequest request, string name, string unknown, Action<Connections.ClientConnection> order)
    {
        if (request.Body.IsEmpty || !IsReadable(request, name, ConnectionIdOptions, out var body))
            return;
        if (_server.Environment.Connections.Find(body.Number("cid")) is not { } connection)
        {
            Refuse(request, 500, unknown);
            return;
        }

        order(connection);
        request.Respond(SystemJson.Object(_stamp.Write));
    }

    private void Reload(SystemRequest request)
    {
        try
        {
            _server.Server.ReloadConfiguration();
        }
#pragma warning disable CA1031 // Whatever the host's reload finds wrong, whoever asked is told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Refuse(request, 500, e.Message);
            return;
        }

        request.Respond(SystemJson.Object(_stamp.Write));
    }

    /// <summary>Answers with a number alone: the subscribers of a subject in an account.</summary>
    private void CountSubscribers(SystemRequest request)
    {
        if (RequestBody.Read(request.Body, "NSUBS", SubscriberOptions, out var body) is not null
            || !_server.Environment.Accounts.TryGet(body.Text("acc"), out var account))
        {
            return;
        }

        byte[] subject = Encoding.UTF8.GetBytes(body.Text("subject"));
        string queue = body.Text("queue");
        int count = account.Router.Subscriptions().Count(
            target => Subject.Matches(subject, target.Filter) && (queue.Length == 0 || ConnectionOrders.QueueOf(target) == queue));
        request.RespondPlainly(Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture)));
    }
}
