namespace Sophia.Keda.Reactor.Core.Tests.Operators;

/// <summary>WATCH_NAMESPACE and WATCH_LABEL_SELECTOR, read as KEDA reads them (metav1.ParseToLabelSelector).</summary>
public sealed class ShareTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["team"] = "ai", ["tier"] = "gold", ["example.com/part"] = "" };

    [Theory]
    [InlineData("", "", true)]
    [InlineData("\"\"", "\"\"", true)]
    [InlineData("sophia-mesh", "", true)]
    [InlineData("artemis-mesh,sophia-mesh", "", true)]
    [InlineData(" artemis-mesh , sophia-mesh ", "", true)]
    [InlineData("artemis-mesh", "", false)]
    [InlineData("", "team=ai", true)]
    [InlineData("", "team==ai", true)]
    [InlineData("", "team = ai", true)]
    [InlineData("", "team!=ai", false)]
    [InlineData("", "team!=web", true)]
    [InlineData("", "owner!=web", true)]
    [InlineData("", "team in (web,ai)", true)]
    [InlineData("", "team in ( web , ai )", true)]
    [InlineData("", "team in(web)", false)]
    [InlineData("", "team notin (web,ops)", true)]
    [InlineData("", "team notin (ai)", false)]
    [InlineData("", "owner notin (ai)", true)]
    [InlineData("", "team", true)]
    [InlineData("", "owner", false)]
    [InlineData("", "!owner", true)]
    [InlineData("", "! team", false)]
    [InlineData("", "team=ai,tier=gold", true)]
    [InlineData("", "team in (ai,web), tier notin (gold)", false)]
    [InlineData("", "example.com/part=", true)]
    [InlineData("", "example.com/part", true)]
    [InlineData("artemis-mesh", "team=ai", false)]
    public void It_covers_what_KEDA_would_watch(string namespaces, string selector, bool covers) =>
        Assert.Equal(covers, OperatorShare.Read(namespaces, selector, out var problem)!.Covers("sophia-mesh", Labels) && problem.Length == 0);

    [Theory]
    [InlineData("sophia-mesh,", "", "WATCH_NAMESPACE is 'sophia-mesh,', and '' is no name of a namespace")]
    [InlineData("sophia mesh", "", "WATCH_NAMESPACE is 'sophia mesh'")]
    [InlineData("*", "", "WATCH_NAMESPACE is '*'")]
    [InlineData("", "team in", "WATCH_LABEL_SELECTOR is 'team in', which is no label selector")]
    [InlineData("", "team in (", "WATCH_LABEL_SELECTOR")]
    [InlineData("", "team=ai,", "WATCH_LABEL_SELECTOR")]
    [InlineData("", "=ai", "WATCH_LABEL_SELECTOR")]
    [InlineData("", "team>3", "WATCH_LABEL_SELECTOR")]
    [InlineData("", "team=ai tier=gold", "WATCH_LABEL_SELECTOR")]
    public void What_is_no_share_is_said_and_never_guessed(string namespaces, string selector, string why)
    {
        Assert.Null(OperatorShare.Read(namespaces, selector, out var problem));
        Assert.StartsWith(why, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "all namespaces", true)]
    [InlineData("a", "", "namespace a", false)]
    [InlineData("b,a", "team=x", "namespaces a, b with labels team=x", false)]
    [InlineData("", "!team", "all namespaces with labels !team", false)]
    public void It_is_told_in_words(string namespaces, string selector, string words, bool whole)
    {
        var share = OperatorShare.Read(namespaces, selector, out _)!;
        Assert.Equal((words, whole), ($"{share}", share.IsWhole));
    }

    [Fact]
    public void Two_that_say_the_same_are_one() =>
        Assert.Equal(OperatorShare.Read("a,b", "team=x", out _), OperatorShare.Read("b, a", " team=x ", out _));
}
