using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Org.BouncyCastle.Crypto.Generators;

namespace Rivulet.Server.Security.Passwords;

/// <summary>Compares what a client shows with what the configuration has: a plain text, or a bcrypt hash of one.</summary>
internal static partial class PasswordHash
{
    /// <summary>
    /// Whether a configured password is a bcrypt hash, which takes tens of milliseconds or more to compare with: not for a receive loop.
    /// </summary>
    public static bool IsBcrypt(string configured)
    {
        return configured.StartsWith('$') && BcryptPrefix().IsMatch(configured);
    }

    /// <summary>Whether a password is the configured one. Takes as long wherever the two differ.</summary>
    /// <param name="configured">The password or its hash.</param>
    /// <param name="presented">What the client shows.</param>
    public static bool Matches(string configured, string presented)
    {
        byte[] password = Encoding.UTF8.GetBytes(presented);
        return IsBcrypt(configured)
            ? MatchesBcrypt(configured, password)
            : CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(configured), password);
    }

    private static bool MatchesBcrypt(string hash, byte[] password)
    {
        try
        {
            // The variants differ in what old libraries got wrong; what they mean to compute is the same.
            return OpenBsdBCrypt.CheckPassword(string.Concat("$2b$", hash.AsSpan("$2b$".Length)), Encoding.UTF8.GetChars(password));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or Org.BouncyCastle.Crypto.DataLengthException)
        {
            // A hash that is none: nobody has that password.
            return false;
        }
    }

    [GeneratedRegex(@"^\$2[abxy]\$\d{2}\$", RegexOptions.CultureInvariant)]
    private static partial Regex BcryptPrefix();
}
