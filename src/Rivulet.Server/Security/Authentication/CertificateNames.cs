using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rivulet.Server.Security.Authentication;

/// <summary>The names that a client's certificate gives it, by which it may be a user (<c>verify_and_map</c>).</summary>
internal static class CertificateNames
{
    private const string AlternativeNamesOid = "2.5.29.17";

    private static readonly Asn1Tag Email = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Its mail addresses, then its DNS names, then its URIs; none if they cannot be read.</summary>
    public static IReadOnlyList<string> Alternatives(X509Certificate2 certificate)
    {
        if (certificate.Extensions[AlternativeNamesOid] is not { } extension)
            return [];
        List<string> emails = [], dnsNames = [], uris = [];
        try
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                var tag = names.PeekTag();
                if (tag.HasSameClassAndValue(Email))
                    emails.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Email));
                else if (tag.HasSameClassAndValue(DnsName))
                    dnsNames.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
                else if (tag.HasSameClassAndValue(Uri))
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
                else
                    names.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            return [];
        }

        return [.. emails, .. dnsNames, .. uris];
    }

    /// <summary>The parts of a distinguished name, as they can be compared; null if it is none.</summary>
    public static IReadOnlyList<string>? Parts(string name)
    {
        if (!name.Contains('=', StringComparison.Ordinal))
            return null;
        try
        {
            return Parts(new X500DistinguishedName(name));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The parts of a distinguished name, as they can be compared.</summary>
    public static IReadOnlyList<string> Parts(X500DistinguishedName name)
    {
        return [.. name.EnumerateRelativeDistinguishedNames(reversed: false).Select(Part)];
    }

    // Types of strings differ from writer to writer, so the text is what is compared.
    private static string Part(X500RelativeDistinguishedName part)
    {
        return part.HasMultipleElements
            ? Convert.ToHexString(part.RawData.Span)
            : $"{part.GetSingleElementType().Value}={part.GetSingleElementValue()}";
    }
}
