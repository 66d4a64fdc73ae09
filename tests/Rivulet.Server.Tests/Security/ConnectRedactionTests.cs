using System.Text;
using Rivulet.Server.Logging;

namespace Rivulet.Server.Tests.Security;

public class ConnectRedactionTests
{
    [Theory]
    [InlineData("""{"user":"a","pass":"b"}""", """{"user":"a","pass":"[REDACTED]"}""")]
    [InlineData("""{"PASS":"b" , "name":"n"}""", """{"PASS":"[REDACTED]" , "name":"n"}""")]
    [InlineData("""{"password":"b"}""", """{"password":"[REDACTED]"}""")]
    [InlineData("""{"p\u0061ss":"b"}""", """{"p\u0061ss":"[REDACTED]"}""")]
    [InlineData("""{"pass":"quote \" and } and ,"}""", """{"pass":"[REDACTED]"}""")]
    [InlineData("""{"pass":12345}""", """{"pass":"[REDACTED]"}""")]
    [InlineData("""{"pass":{"a":[1,"x"]},"b":1}""", """{"pass":"[REDACTED]","b":1}""")]
    [InlineData("""{"auth_token":"t","sig":"s","jwt":"j","nkey":"k","proxy_sig":"p"}""", """{"auth_token":"[REDACTED]","sig":"[REDACTED]","jwt":"[REDACTED]","nkey":"[REDACTED]","proxy_sig":"[REDACTED]"}""")]
    [InlineData("""{"signature":"shown","name":"pass"}""", """{"signature":"shown","name":"pass"}""")]
    [InlineData("""{"pass":"b""", "[REDACTED]")]
    [InlineData("pass=b", "[REDACTED]")]
    [InlineData("""{"pass":"a"} {"pass":"b"}""", "[REDACTED]")]
    [InlineData("{}", "{}")]
    public void Values_of_secrets_are_struck_out_and_all_else_is_as_it_came(string json, string shown)
    {
        Assert.Equal(shown, ConnectRedaction.Of(Encoding.UTF8.GetBytes(json)));
    }
}
