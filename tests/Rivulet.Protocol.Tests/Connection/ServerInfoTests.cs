using System.Text;
using Rivulet.Protocol.Tests.Support;

namespace Rivulet.Protocol.Tests.Connection;

public class ServerInfoTests
{
    [Fact]
    public void Fields_come_in_the_order_of_the_reference_server_and_empty_ones_are_left_out()
    {
        var info = new ServerInfo
        {
            ServerId = "NID",
            ServerName = "name",
            Version = "2.15.1",
            Protocol = 1,
            RuntimeVersion = "x",
            Host = "0.0.0.0",
            Port = 4222,
            Headers = true,
            MaxPayload = 1048576,
        };

        Assert.Equal(
            """
            {"server_id":"NID","server_name":"name","version":"2.15.1","proto":1,"go":"x","host":"0.0.0.0","port":4222,
            "headers":true,"max_payload":1048576}
            """.ReplaceLineEndings(""),
            Encoding.UTF8.GetString(info.ToJson()));
    }

    [Fact]
    public void Every_field_has_its_place()
    {
        ServerInfo info = Full();

        Assert.Equal(
            """
            {"server_id":"NID","server_name":"name","version":"2.15.1","proto":1,"git_commit":"abc","go":"x","host":"h",
            "port":1,"headers":false,"auth_required":true,"tls_required":true,"tls_verify":true,"tls_available":true,
            "max_payload":2,"jetstream":true,"ip":"i","client_id":18446744073709551615,"client_ip":"c","nonce":"n",
            "cluster":"cl","cluster_dynamic":true,"domain":"d","connect_urls":["a:1","b:2"],"ldm":true,
            "connect_info":true,"remote_account":"$G","acc_is_sys":true,"api_lvl":5,"xkey":"X"}
            """.ReplaceLineEndings(""),
            Encoding.UTF8.GetString(info.ToJson()));
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        ServerInfo info = Full();

        ServerInfo? read = ServerInfo.TryParse(info.ToJson());

        Assert.NotNull(read);
        Assert.Equal(info.ConnectUrls, read.ConnectUrls);
        Assert.Equal(info with { ConnectUrls = null }, read with { ConnectUrls = null });
    }

    [Fact]
    public void A_line_of_the_reference_server_is_read()
    {
        ServerInfo? info = ServerInfo.TryParse(
            """
            {"server_id":"ND2G","server_name":"ND2G","version":"2.15.1","proto":1,"go":"go1.25","host":"127.0.0.1",
             "port":4222,"headers":true,"max_payload":1048576,"jetstream":true,"client_id":5,"client_ip":"127.0.0.1",
             "api_lvl":5,"xkey":"XAB","some_later_field":{"a":[1,2]}} 
            """u8);

        Assert.NotNull(info);
        Assert.Equal("ND2G", info.ServerId);
        Assert.True(info.JetStream);
        Assert.Equal(5UL, info.ClientId);
        Assert.Equal(5, info.JetStreamApiLevel);
        Assert.Null(info.Nonce);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"port\":\"4222\"}")]
    [InlineData("{\"port\":4222.5}")]
    [InlineData("{\"max_payload\":99999999999}")]
    [InlineData("{\"headers\":1}")]
    [InlineData("{\"connect_urls\":\"a:1\"}")]
    [InlineData("{}x")]
    public void A_wrong_document_is_refused(string json)
    {
        Assert.Null(ServerInfo.TryParse(Readable.Bytes(json)));
    }

    [Fact]
    public void Bytes_that_are_not_text_become_replacement_characters()
    {
        Assert.Equal("a\uFFFDb", ServerInfo.TryParse(Readable.Bytes("{\"server_name\":\"a\u00FFb\"}"))?.ServerName);
    }

    private static ServerInfo Full()
    {
        return new ServerInfo
        {
            ServerId = "NID",
            ServerName = "name",
            Version = "2.15.1",
            Protocol = 1,
            GitCommit = "abc",
            RuntimeVersion = "x",
            Host = "h",
            Port = 1,
            AuthRequired = true,
            TlsRequired = true,
            TlsVerify = true,
            TlsAvailable = true,
            MaxPayload = 2,
            JetStream = true,
            Ip = "i",
            ClientId = ulong.MaxValue,
            ClientIp = "c",
            Nonce = "n",
            Cluster = "cl",
            ClusterDynamic = true,
            Domain = "d",
            ConnectUrls = ["a:1", "b:2"],
            LameDuckMode = true,
            ConnectInfo = true,
            RemoteAccount = "$G",
            IsSystemAccount = true,
            JetStreamApiLevel = 5,
            XKey = "X",
        };
    }
}
