namespace Sophia.Keda.Reactor.Core.Tests.Planning;

public sealed class CronFieldTests
{
    [Theory]
    [InlineData("jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec", 1, 12)]
    [InlineData("sun,mon,tue,wed,thu,fri,sat", 0, 6)]
    public void Every_month_and_day_has_its_name_in_order(string names, int least, int most)
    {
        var value = least;
        foreach (var name in names.Split(','))
        {
            Assert.True(CronField.TryParse(name, least, most, out var field), name);
            Assert.Equal([value], Enumerable.Range(least, most - least + 1).Where(field.Allows));
            value++;
        }
    }

    [Theory]
    [InlineData("5,20", 0, 5)]
    [InlineData("5,20", 5, 5)]
    [InlineData("5,20", 6, 20)]
    [InlineData("5,20", 21, null)]
    [InlineData("0", 0, 0)]
    [InlineData("5,20", 63, null)]
    [InlineData("5,20", 64, null)]
    [InlineData("5,20", 70, null)]
    public void The_next_allowed_value_is_the_least_that_is_not_below(string text, int from, int? next)
    {
        Assert.True(CronField.TryParse(text, 0, 59, out var field));
        Assert.Equal(next, field.AtLeast(from));
    }

    [Theory]
    [InlineData("*/1", true)]
    [InlineData("*/59", true)]
    [InlineData("*/0", false)]
    [InlineData("*/60", true)] // a step beyond the field leaves its first value
    [InlineData("*/9223372036854775807", true)]
    [InlineData("*/9223372036854775808", false)]
    [InlineData("7-7", true)]
    [InlineData("8-7", false)]
    public void Steps_and_ranges_have_their_limits(string text, bool readable) => Assert.Equal(readable, CronField.TryParse(text, 0, 59, out _));
}
