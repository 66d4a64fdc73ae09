using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Reads claims: field names in any case, unknown fields passed over, as the library does it that makes them.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    ReadCommentHandling = JsonCommentHandling.Disallow,
    AllowTrailingCommas = false,
    MaxDepth = 32,
    Converters = [typeof(TextConverter)])]
[JsonSerializable(typeof(OperatorClaims))]
[JsonSerializable(typeof(AccountClaims))]
[JsonSerializable(typeof(UserClaims))]
[JsonSerializable(typeof(ActivationClaims))]
[JsonSerializable(typeof(AuthorizationResponseClaims))]
[JsonSerializable(typeof(GenericClaims))]
[JsonSerializable(typeof(UserScopeClaims))]
[JsonSerializable(typeof(ClaimsKind))]
[JsonSerializable(typeof(OldClaims))]
internal sealed partial class ClaimsJsonContext : JsonSerializerContext;
