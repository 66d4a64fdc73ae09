using System.Text;

namespace Rivulet.Protocol.Tests.Parsing;

public class ProtocolViolationTests
{
    // Clients compare these texts; the spelling and the letter case are part of the protocol.
    [Theory]
    [InlineData(ProtocolViolation.None, "", false)]
    [InlineData(ProtocolViolation.UnknownOperation, "Unknown Protocol Operation", true)]
    [InlineData(ProtocolViolation.ControlLineTooLong, "maximum control line exceeded", true)]
    [InlineData(ProtocolViolation.PayloadTooLarge, "Maximum Payload Violation", true)]
    [InlineData(ProtocolViolation.InvalidArguments, "", true)]
    [InlineData(ProtocolViolation.InvalidConnect, "", true)]
    [InlineData(ProtocolViolation.ReportedByClient, "", true)]
    [InlineData(ProtocolViolation.AuthorizationViolation, "Authorization Violation", true)]
    [InlineData(ProtocolViolation.AuthenticationTimeout, "Authentication Timeout", true)]
    [InlineData(ProtocolViolation.UserAuthenticationExpired, "User Authentication Expired", true)]
    [InlineData(ProtocolViolation.AccountAuthenticationExpired, "Account Authentication Expired", true)]
    [InlineData(ProtocolViolation.UserAuthenticationRevoked, "User Authentication Revoked", true)]
    [InlineData(ProtocolViolation.MaximumAccountConnectionsExceeded, "maximum account active connections exceeded", true)]
    [InlineData(ProtocolViolation.MaximumConnectionsExceeded, "maximum connections exceeded", true)]
    [InlineData(ProtocolViolation.StaleConnection, "Stale Connection", true)]
    [InlineData(ProtocolViolation.InvalidClientProtocol, "invalid client protocol", true)]
    [InlineData(ProtocolViolation.NoRespondersRequiresHeaders, "no responders requires headers support", true)]
    [InlineData(ProtocolViolation.TlsRequired, "Secure Connection - TLS Required", true)]
    [InlineData(ProtocolViolation.InvalidSubject, "Invalid Subject", false)]
    [InlineData(ProtocolViolation.InvalidPublishSubject, "Invalid Publish Subject", false)]
    [InlineData(ProtocolViolation.MaximumSubscriptionsExceeded, "maximum subscriptions exceeded", false)]
    public void Each_violation_has_its_text_and_its_consequence(ProtocolViolation violation, string text, bool closes)
    {
        Assert.Equal(text, Encoding.ASCII.GetString(violation.ErrorText()));
        Assert.Equal(closes, violation.ClosesConnection());
    }

    [Fact]
    public void No_violation_is_missing_from_the_table()
    {
        Assert.Equal(21, Enum.GetValues<ProtocolViolation>().Length);
    }
}
