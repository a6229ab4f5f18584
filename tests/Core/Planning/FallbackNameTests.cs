using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Core.Tests.Planning;

public sealed partial class FallbackNameTests
{
    [Theory]
    [InlineData("sophia-orchestrator", "sophia-orchestrator-fallback")]
    [InlineData("a", "a-fallback")]
    [InlineData("v1.workers", "v1.workers-fallback")]
    public void A_short_name_gets_the_suffix(string name, string expected) => Assert.Equal(expected, FallbackName.For(name));

    [Fact]
    public void The_longest_name_that_fits_is_not_cut()
    {
        var name = new string('a', 54);

        Assert.Equal(name + "-fallback", FallbackName.For(name));
        Assert.Equal(63, FallbackName.For(name).Length);
    }

    [Fact]
    public void A_long_name_is_cut_and_stays_the_same_for_ever()
    {
        // Pinned: another hash would orphan every fallback that stands in a cluster.
        Assert.Equal(
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-28165978-fallback",
            FallbackName.For(new string('a', 100)));
    }

    [Fact]
    public void Long_names_that_begin_alike_get_different_names()
    {
        var head = new string('x', 60);

        Assert.NotEqual(FallbackName.For(head + "-one"), FallbackName.For(head + "-two"));
    }

    [Theory]
    [InlineData(55)]
    [InlineData(63)]
    [InlineData(253)]
    public void Every_name_fits_into_63_characters_and_is_dns_1123(int length)
    {
        foreach (var filling in new[] { "a", "a-", "a.", "ab.", "a--" })
        {
            var name = string.Concat(Enumerable.Repeat(filling, length))[..(length - 1)] + "z";

            var fallback = FallbackName.For(name);

            Assert.True(fallback.Length <= 63, fallback);
            Assert.Matches(Dns1123(), fallback);
        }
    }

    [Fact]
    public void An_empty_name_is_a_fault_of_the_caller() => Assert.Throws<ArgumentException>(() => FallbackName.For(""));

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Dns1123();
}
