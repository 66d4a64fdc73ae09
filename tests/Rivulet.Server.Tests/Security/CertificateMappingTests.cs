using System.Security.Cryptography.X509Certificates;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Authentication;
using Rivulet.Server.Tests.Tls;
using Rivulet.TestKit.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Clients whose certificate says which user they are.</summary>
public sealed class CertificateMappingTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public static TheoryData<string, string[], string?> Certificates => new()
    {
        { "CN=any", ["email:derek@nats.io"], "derek@nats.io" },
        { "CN=any", ["dns:app.nats.io"], "app.nats.io" },
        { "CN=any", ["dns:app.nats.io", "email:derek@nats.io"], "derek@nats.io" },
        { "CN=any", ["uri:spiffe://localhost/app"], "spiffe://localhost/app" },
        { "CN=ann,O=Synadia", [], "CN=ann,O=Synadia" },
        { "O=Synadia,CN=bob", [], "CN=bob,O=Synadia" },
        { "CN=ann", [], null },
        { "CN=ann,O=Synadia,OU=ops", [], null },
        { "CN=ann,O=Other", [], null },
        { "CN=any", ["email:mallory@nats.io", "dns:derek@nats.io.example"], null },
        { "CN=any", ["dns:web.nats.io"], null },
        { "CN=derek@nats.io", [], null },
    };

    public void Dispose()
    {
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task The_certificate_and_nothing_else_says_who_the_client_is(string subject, string[] names, string? user)
    {
        await using var server = await StartAsync();
        using var certificate = _authority.IssueClient(subject, names: NamesOf(names));
        await using var stream = await TlsFixture.DialAsync(server.Port);
        await TlsFixture.ReadPlainLineAsync(stream);
        await using var client = RawClient.Over(await TlsFixture.SecureAsync(stream, _authority, certificate));
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"derek@nats.io\",\"pass\":\"s3cret\"}\r\nPING\r\n");

        if (user is null)
        {
            Assert.Equal("-ERR 'Authorization Violation'\r\n", await client.ReadToEndAsync());
            return;
        }

        await client.ExpectAsync("PONG\r\n");
        Assert.Equal(user, Assert.Single(server.Server.Connections).Identity.UserLabel);
    }

    [Fact]
    public void Names_that_cannot_be_read_are_none()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x05, 0x81, 0x20, 0x41], critical: false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

        Assert.Empty(CertificateNames.Alternatives(certificate));
    }

    private static SubjectAlternativeNameBuilder? NamesOf(string[] names)
    {
        if (names.Length == 0)
            return null;
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            (string kind, string value) = (name[..name.IndexOf(':', StringComparison.Ordinal)], name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            if (kind == "email")
                builder.AddEmailAddress(value);
            else if (kind == "dns")
                builder.AddDnsName(value);
            else
                builder.AddUri(new Uri(value));
        }

        return builder;
    }

    private Task<EmbeddedServer> StartAsync()
    {
        return EmbeddedServer.StartAsync(options => options with
        {
            Tls = _authority.ServerOptions() with { VerifyClients = true, MapClients = true, Authorities = _authority.Trust },
            Authorization = new AuthorizationSettings
            {
                Users =
                [
                    new UserSettings { Name = "derek@nats.io", Password = "s3cret" },
                    new UserSettings { Name = "app.nats.io" },
                    new UserSettings { Name = "spiffe://localhost/app" },
                    new UserSettings { Name = "CN=ann,O=Synadia" },
                    new UserSettings { Name = "CN=bob,O=Synadia" },
                    new UserSettings { Name = "web.nats.io", AllowedConnectionTypes = ConnectionTypes.WebSocket },
                ],
            },
        });
    }
}
