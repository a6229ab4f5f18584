namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class CutTests
{
    [Theory]
    [InlineData("1234", "1234")]
    [InlineData("12345", "12345")]
    [InlineData("123456", "1234…")]
    [InlineData("123😀6", "123…")] // never half of a character
    [InlineData("12😀56", "12😀…")]
    public void A_text_is_cut_to_its_longest_with_a_sign_that_something_is_missing(string text, string cut) => Assert.Equal(cut, Words.Cut(text, 5));
}
