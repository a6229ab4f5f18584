using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Contracts.Tests.Wire;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "Pages", 5)]
    [InlineData("Pages", "", 5)]
    [InlineData("Page", "Pages", 1)]
    [InlineData("Polcy", "Policy", 1)]
    [InlineData("Pagse", "Pages", 1)]
    [InlineData("Kuberentes", "Kubernetes", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void It_counts_what_a_typing_hand_does_wrong(string a, string b, int edits) =>
        Assert.Equal((edits, edits), (EditDistance.Between(a, b), EditDistance.Between(b, a)));

    [Theory]
    [InlineData("--prot", "--port")]
    [InlineData("--HELP", "--help")]
    [InlineData("--receivers-port", null)]
    public void The_nearest_is_one_that_was_probably_meant_or_none(string found, string? near) =>
        Assert.Equal(near, EditDistance.Nearest(found, ["--port", "--help", "--version"]));

    [Fact]
    public void A_word_far_too_long_costs_nothing() => Assert.Null(EditDistance.Nearest(new string('x', 1_000_000), ["x"]));

    [Fact]
    public void Among_none_none_is_near() => Assert.Null(EditDistance.Nearest("x", []));
}
