using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class LiveKeysTests
{
    private const string Old = "the-old-key-of-ops";
    private const string New = "the-new-key-of-ops";

    [Fact]
    public void A_new_key_counts_without_a_restart_and_the_old_one_until_it_goes()
    {
        var (configuration, keys) = Given(Old);

        Reload(configuration, $"{Old},{New}");
        Assert.Equal("key:operator#1", keys.Current.Find(Old)?.Principal);
        Assert.Equal("key:operator#2", keys.Current.Find(New)?.Principal);

        Reload(configuration, New);
        Assert.Null(keys.Current.Find(Old));
        Assert.Equal("key:operator#1", keys.Current.Find(New)?.Principal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("one-of-three-keys-1,one-of-three-keys-2,one-of-three-keys-3")]
    public void A_reload_that_can_not_be_used_locks_nobody_out_and_opens_nothing(string bad)
    {
        var (configuration, keys) = Given(Old);

        Reload(configuration, bad);

        Assert.NotNull(keys.Current.Find(Old));
        Assert.Null(keys.Current.Find("short"));
    }

    [Fact]
    public void Two_keys_may_stand_as_a_list()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Keys:Viewer:0", Old), new("Keys:Viewer:1", New)])
            .Build();

        var keys = KeySettings.Load(configuration);

        Assert.Equal(("key:viewer#1", "key:viewer#2"), (keys.Find(Old)?.Principal, keys.Find(New)?.Principal));
    }

    private static (IConfigurationRoot Configuration, LiveKeys Keys) Given(string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Keys:Operator", value)]).Build();
        return (configuration, new LiveKeys(configuration, NullLogger<LiveKeys>.Instance));
    }

    private static void Reload(IConfigurationRoot configuration, string value)
    {
        configuration["Keys:Operator"] = value;
        configuration.Reload();
    }
}
