using Rivulet.Protocol;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Security.Authentication;

/// <summary>Checks that a client owns the key that it shows, by its signature of the nonce that it alone was given.</summary>
internal static class CredentialCheck
{
    /// <summary>What is wrong with the signature, for the log; null if it is right.</summary>
    /// <param name="publicKey">The user's key.</param>
    /// <param name="request">What the client shows.</param>
    public static string? SignatureComplaint(string publicKey, AuthenticationRequest request)
    {
        if (string.IsNullOrEmpty(request.Connect.Signature))
            return "Signature missing";
        if (NKeySignature.Decode(request.Connect.Signature) is not { } signature)
            return "Signature not valid base64";
        if (!NKey.IsPublicKey(publicKey, NKeyKind.User))
            return "User nkey not valid";

        // Without a nonce there is nothing that a signature could prove.
        return request.Nonce.Length > 0
            && NKeySignature.Verify(publicKey, System.Text.Encoding.ASCII.GetBytes(request.Nonce), signature)
            ? null
            : "Signature not verified";
    }
}
