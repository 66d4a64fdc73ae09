using System.Text;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Connection;

public class ConnectOptionsTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData(" { } ")]
    [InlineData("null")]
    [InlineData("{\"unknown\":[1,{\"verbose\":false}],\"more\":{\"a\":null},\"n\":1e999,\"s\":\"x\",\"t\":true}")]
    [InlineData("{\"verbose\":null,\"protocol\":null,\"name\":null}")]
    public void What_is_not_said_keeps_its_default(string json)
    {
        ConnectOptions? options = Merge(json);

        Assert.Equal(ConnectOptions.Default, options);
        Assert.NotNull(options);
        Assert.True(options.Verbose);
        Assert.True(options.Pedantic);
        Assert.True(options.Echo);
        Assert.Equal(0, options.Protocol);
        Assert.False(options.Headers);
        Assert.False(options.NoResponders);
    }

    [Fact]
    public void Every_field_is_read()
    {
        ConnectOptions? options = Merge(
            """
            {"echo":false,"verbose":false,"pedantic":false,"tls_required":true,"nkey":"U1","jwt":"j","sig":"s",
             "auth_token":"t","user":"u","pass":"p","name":"n","lang":"go","version":"1.2.3","protocol":1,
             "account":"a","new_account":true,"headers":true,"no_responders":true,"proxy_sig":"ps"}
            """);

        Assert.Equal(
            new ConnectOptions
            {
                Echo = false,
                Verbose = false,
                Pedantic = false,
                TlsRequired = true,
                NKey = "U1",
                Jwt = "j",
                Signature = "s",
                AuthToken = "t",
                User = "u",
                Password = "p",
                Name = "n",
                Language = "go",
                Version = "1.2.3",
                Protocol = 1,
                Account = "a",
                NewAccount = true,
                Headers = true,
                NoResponders = true,
                ProxySignature = "ps",
            },
            options);
    }

    [Fact]
    public void Field_names_match_in_any_case()
    {
        Assert.Equal(
            ConnectOptions.Default with { Verbose = false, User = "me" }, Merge("{\"VERBOSE\":false,\"User\":\"me\"}"));
    }

    [Fact]
    public void A_second_connect_is_merged_over_the_first()
    {
        ConnectOptions first = ConnectOptions.Default with { Verbose = false, Name = "one", Protocol = 1 };

        Assert.Equal(
            first with { Name = "two", Echo = false }, first.TryMerge("{\"name\":\"two\",\"echo\":false}"u8));
    }

    [Fact]
    public void The_last_of_repeated_fields_counts()
    {
        Assert.Equal("b", Merge("{\"name\":\"a\",\"name\":\"b\"}")?.Name);
    }

    [Fact]
    public void Bytes_that_are_not_text_become_replacement_characters()
    {
        ConnectOptions? options = Merge("{\"name\":\"a\u00FFb\",\"un\u00FEknown\":1}");

        Assert.Equal("a\uFFFDb", options?.Name);
    }

    [Theory]
    [InlineData("\\u00e9\\n\\t\\\\\\/\\\"", "\u00E9\n\t\\/\"")]
    [InlineData("\\ud83d\\ude00", "\U0001F600")]
    [InlineData("a\\ud800b", "a\uFFFDb")]
    [InlineData("\\ude00\\ud83d", "\uFFFD\uFFFD")]
    public void Escapes_are_undone_and_halves_of_pairs_replaced(string json, string name)
    {
        Assert.Equal(name, Merge($"{{\"name\":\"{json}\",\"un\\ud800known\":1}}")?.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("true")]
    [InlineData("{\"verbose\"}")]
    [InlineData("{\"verbose\":}")]
    [InlineData("{\"verbose\":tru}")]
    [InlineData("{verbose:true}")]
    [InlineData("{\"verbose\":true,}")]
    [InlineData("{\"verbose\":true")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("{\"verbose\":\"true\"}")]
    [InlineData("{\"verbose\":1}")]
    [InlineData("{\"verbose\":[]}")]
    [InlineData("{\"verbose\":{}}")]
    [InlineData("{\"protocol\":\"1\"}")]
    [InlineData("{\"protocol\":1.0}")]
    [InlineData("{\"protocol\":1.5}")]
    [InlineData("{\"protocol\":true}")]
    [InlineData("{\"protocol\":99999999999999999999999999}")]
    [InlineData("{\"name\":1}")]
    [InlineData("{\"name\":true}")]
    [InlineData("{\"name\":[\"x\"]}")]
    [InlineData("{\"user\":{\"verbose\":true}}")]
    [InlineData("{\"unknown\":[1,}")]
    public void A_wrong_document_is_refused(string json)
    {
        Assert.Null(Merge(json));
    }

    [Theory]
    [InlineData("2147483648", int.MaxValue)]
    [InlineData("-1", -1)]
    [InlineData("2", 2)]
    public void A_protocol_that_does_not_exist_is_read_for_the_server_to_refuse(string number, int protocol)
    {
        Assert.Equal(protocol, Merge($"{{\"protocol\":{number}}}")?.Protocol);
    }

    [Fact]
    public void What_a_client_writes_is_what_the_reference_clients_write()
    {
        var options = new ConnectOptions
        {
            Verbose = false,
            Pedantic = false,
            Name = "",
            Language = ".NET",
            Version = "0.1.0",
            Protocol = 1,
            Headers = true,
            NoResponders = true,
            User = "u",
            Password = "p",
        };

        Assert.Equal(
            """
            {"echo":true,"verbose":false,"pedantic":false,"tls_required":false,"user":"u","pass":"p","name":"",
            "lang":".NET","version":"0.1.0","protocol":1,"headers":true,"no_responders":true}
            """.ReplaceLineEndings(""),
            Encoding.UTF8.GetString(options.ToJson()));
        Assert.Equal(options, ConnectOptions.Default.TryMerge(options.ToJson()));
    }

    private static ConnectOptions? Merge(string json) => ConnectOptions.Default.TryMerge(Readable.Bytes(json));
}
