namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0.25, "0.3 s")]
    [InlineData(90, "90 s")]
    [InlineData(120, "2 min")]
    [InlineData(174.4, "2 min 54 s")]
    [InlineData(600, "10 min")]
    [InlineData(3600, "1 h")]
    [InlineData(5400, "1 h 30 min")]
    public void A_span_reads_as_people_say_it(double seconds, string words) => Assert.Equal(words, Words.Span(TimeSpan.FromSeconds(seconds)));
}
