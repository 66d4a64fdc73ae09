using System.Text;

namespace Rivulet.Server.SystemRequests;

/// <summary>The requests about itself that any account has, and what they are called where they are about one account of many.</summary>
internal static class OwnRequest
{
    /// <summary>What a request of an account is called in the system account of the reference server, where it is imported from.</summary>
    /// <param name="subject">What it is called in the account.</param>
    /// <param name="account">The account.</param>
    public static byte[] InSystem(ReadOnlySpan<byte> subject, string account)
    {
        if (subject.SequenceEqual("$SYS.REQ.USER.INFO"u8))
            return Encoding.UTF8.GetBytes($"$SYS.REQ.USER.{account}.INFO");
        if (subject.SequenceEqual("$SYS.REQ.ACCOUNT.PING.STATZ"u8))
            return Encoding.UTF8.GetBytes($"$SYS.REQ.ACCOUNT.{account}.STATZ");
        bool isAboutConnections = subject.SequenceEqual("$SYS.REQ.ACCOUNT.PING.CONNZ"u8) || subject.SequenceEqual("$SYS.REQ.SERVER.PING.CONNZ"u8);
        return isAboutConnections ? Encoding.UTF8.GetBytes($"$SYS.REQ.ACCOUNT.{account}.CONNZ") : subject.ToArray();
    }
}
