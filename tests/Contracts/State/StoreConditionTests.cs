using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class StoreConditionTests
{
    [Theory]
    [InlineData(Durability.Strict, Loses.LastSeconds, true)]
    [InlineData(Durability.Strict, Loses.WithItsHost, true)]
    [InlineData(Durability.Strict, Loses.AtRestart, true)]
    [InlineData(Durability.Strict, Loses.AtAnyTime, true)]
    [InlineData(Durability.Standard, Loses.LastSeconds, false)]
    [InlineData(Durability.Standard, Loses.WithItsHost, false)]
    [InlineData(Durability.Standard, Loses.AtRestart, true)]
    [InlineData(Durability.Standard, Loses.AtAnyTime, true)]
    [InlineData(Durability.Relaxed, Loses.LastSeconds, false)]
    [InlineData(Durability.Relaxed, Loses.WithItsHost, false)]
    [InlineData(Durability.Relaxed, Loses.AtRestart, false)]
    [InlineData(Durability.Relaxed, Loses.AtAnyTime, false)]
    public void What_is_weaker_than_the_setting_allows_is_refused(Durability wanted, Loses loses, bool refused)
    {
        var condition = Weak(new Weakness(loses, "It is weak."));

        if (refused) Assert.Throws<StoreTooWeakException>(() => condition.AtLeast(wanted));
        else Assert.Same(condition, condition.AtLeast(wanted));
    }

    [Fact]
    public void The_table_of_settings_and_weaknesses_is_whole()
    {
        var rows = typeof(StoreConditionTests).GetMethod(nameof(What_is_weaker_than_the_setting_allows_is_refused))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false);

        Assert.Equal(Enum.GetValues<Durability>().Length * Enum.GetValues<Loses>().Length, rows.Length);
    }

    [Theory]
    [InlineData(Durability.Strict)]
    [InlineData(Durability.Standard)]
    [InlineData(Durability.Relaxed)]
    public void What_has_no_weakness_is_good_enough_for_all(Durability wanted) => Assert.Empty(Weak().AtLeast(wanted).Weaknesses);

    [Fact]
    public void The_refusal_names_every_weakness_that_counts_and_the_strictest_setting_that_accepts_them_all()
    {
        var condition = Weak(new Weakness(Loses.AtRestart, "It forgets."), new Weakness(Loses.LastSeconds, "It is late."));

        Assert.Equal(
            "A store: it would keep less than an answer 202 promises. It forgets. "
            + "Mend that, or accept it with State:Durability = relaxed (now standard).",
            Assert.Throws<StoreTooWeakException>(() => condition.AtLeast(Durability.Standard)).Message);
        Assert.Contains("It forgets. It is late. Mend that", Assert.Throws<StoreTooWeakException>(() => condition.AtLeast(Durability.Strict)).Message);
        Assert.EndsWith(
            "accept it with State:Durability = standard (now strict).",
            Assert.Throws<StoreTooWeakException>(() => Weak(new Weakness(Loses.WithItsHost, "It goes.")).AtLeast(Durability.Strict)).Message);
    }

    private static StoreCondition Weak(params Weakness[] weaknesses) => new() { Words = "A store", Weaknesses = [.. weaknesses] };
}
