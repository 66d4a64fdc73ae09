using Rivulet.Server.Security.Passwords;

namespace Rivulet.Server.Tests.Security;

public class PasswordTests
{
    // From the test vectors of jBCrypt.
    [Theory]
    [InlineData("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe")]
    [InlineData("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i")]
    [InlineData("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC")]
    public void A_password_matches_its_hash_whatever_variant_it_is_called(string password, string hash)
    {
        foreach (char variant in "abxy")
        {
            string named = $"$2{variant}{hash[3..]}";
            Assert.True(PasswordHash.Matches(named, password), named);
            Assert.False(PasswordHash.Matches(named, password + "x"), named);
        }
    }

    [Theory]
    [InlineData("$2a$06$")]
    [InlineData("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfx")]
    [InlineData("$2a$99$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe")]
    [InlineData("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVf~e")]
    public void A_hash_that_is_none_lets_nobody_in(string hash)
    {
        Assert.True(PasswordHash.IsBcrypt(hash));
        Assert.False(PasswordHash.Matches(hash, "a"));
        Assert.False(PasswordHash.Matches(hash, hash));
        Assert.False(PasswordHash.Matches(hash, ""));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("$3a$06$not bcrypt")]
    [InlineData("$2a$6$short")]
    public void Anything_else_is_the_password_itself(string configured)
    {
        Assert.False(PasswordHash.IsBcrypt(configured));
        Assert.True(PasswordHash.Matches(configured, configured));
        Assert.False(PasswordHash.Matches(configured, configured + " "));
        Assert.False(PasswordHash.Matches(configured, configured[..^1]));
    }
}
