using System.Text;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class MemorySignerTests
{
    private readonly MemorySigner _signer = new("a key that is long enough");

    [Fact]
    public void What_was_signed_comes_back_whole()
    {
        var memory = Make.Memory() with { PriorPaused = "false", Container = "app", Action = FallbackAction.Replicas, ActionBecause = "ordered – by ü" };

        Assert.Equal(memory, _signer.Verify(_signer.Sign(memory, "u1"), "u1").Memory);
    }

    [Fact]
    public void The_text_is_stable_and_names_its_enums()
    {
        var text = _signer.Sign(Make.Memory(), "u1");

        var json = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(text.Split('.')[1]));
        Assert.Equal(text, _signer.Sign(Make.Memory(), "u1"));
        Assert.StartsWith("v1.", text);
        Assert.StartsWith("""{"uid":"u1","memory":{"incidentId":"inc-1","cause":"OperatorUnhealthy","trippedAt":"2026-11-21T23:00:00+00:00","action":"Cpu",""", json);
    }

    [Fact]
    public void A_memory_moved_to_another_object_is_not_believed() =>
        Assert.Equal("it was written for another object of this name", _signer.Verify(_signer.Sign(Make.Memory(), "u1"), "u2").WhyNot);

    [Fact]
    public void Every_changed_character_is_found()
    {
        var text = _signer.Sign(Make.Memory(), "u1");
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];

            // The last character of a mac holds four bits that carry nothing.
            if (i < text.Length - 1)
                Assert.Null(_signer.Verify(changed, "u1").Memory);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("v1.")]
    [InlineData("v1..")]
    [InlineData("v2.e30.e30")]
    [InlineData("v1.e30.!!!")]
    [InlineData("v1.e30.e30.e30")]
    public void What_is_not_ours_is_refused_with_the_reason(string text)
    {
        var verified = _signer.Verify(text, "u1");

        Assert.Null(verified.Memory);
        Assert.NotEqual("", verified.WhyNot);
    }

    [Fact]
    public void Another_key_signs_nothing_that_we_believe() =>
        Assert.Equal("its signature is not ours", _signer.Verify(new MemorySigner("another key, long enough").Sign(Make.Memory(), "u1"), "u1").WhyNot);

    [Fact]
    public void While_keys_are_replaced_the_previous_one_still_verifies()
    {
        var replaced = new MemorySigner(new SecretPair(new Secret("the next key, long enough"), new Secret("a key that is long enough")));

        var old = replaced.Verify(_signer.Sign(Make.Memory(), "u1"), "u1");
        Assert.Equal((Make.Memory(), true), (old.Memory, old.ByOldKey));
        Assert.False(replaced.Verify(replaced.Sign(Make.Memory(), "u1"), "u1").ByOldKey);
        Assert.Null(_signer.Verify(replaced.Sign(Make.Memory(), "u1"), "u1").Memory);
    }

    [Theory]
    [InlineData("short", null)]
    [InlineData("a key that is long enough", "short")]
    public void A_short_key_is_refused(string key, string? previous) =>
        Assert.Throws<ClusterSettingException>(() => new MemorySigner(new SecretPair(new Secret(key), previous is null ? null : new Secret(previous))));
}
