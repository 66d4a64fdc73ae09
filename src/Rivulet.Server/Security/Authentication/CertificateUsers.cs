using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Security.Authentication;

/// <summary>Finds the user that a client's certificate is for (<c>verify_and_map</c>). Immutable.</summary>
/// <remarks>
/// A user's name is a mail address, a DNS name or a URI of the certificate, in this order, or its subject: first one whose parts
/// are the same in the same order, then one whose parts are the same in any.
/// </remarks>
internal sealed class CertificateUsers
{
    private readonly IReadOnlyDictionary<string, UserSettings> _names;
    private readonly List<(UserSettings User, IReadOnlyList<string> Parts)> _subjects = [];

    /// <summary>Looks for these users.</summary>
    /// <param name="names">Users by their names.</param>
    public CertificateUsers(IReadOnlyDictionary<string, UserSettings> names)
    {
        _names = names;
        foreach ((string name, var user) in names)
        {
            if (CertificateNames.Parts(name) is { } parts)
                _subjects.Add((user, parts));
        }
    }

    /// <summary>The user of a certificate, among those who may connect in this way; null if there is none.</summary>
    public UserSettings? Find(X509Certificate2 certificate, ConnectionTypes type)
    {
        foreach (string name in CertificateNames.Alternatives(certificate))
        {
            if (_names.TryGetValue(name, out var user) && user.AllowedConnectionTypes.HasFlag(type))
                return user;
        }

        if (_subjects.Count == 0)
            return null;
        var subject = CertificateNames.Parts(certificate.SubjectName);
        return First(type, parts => parts.SequenceEqual(subject))
            ?? First(type, parts => parts.Count == subject.Count && parts.Order(StringComparer.Ordinal).SequenceEqual(subject.Order(StringComparer.Ordinal)));
    }

    private UserSettings? First(ConnectionTypes type, Func<IReadOnlyList<string>, bool> matches)
    {
        foreach (var (user, parts) in _subjects)
        {
            if (user.AllowedConnectionTypes.HasFlag(type) && matches(parts))
                return user;
        }

        return null;
    }
}
