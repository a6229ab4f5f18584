using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class SecretsFolderTests : IDisposable
{
    private readonly SecretMount mount = new(new() { ["Keys__Operator"] = "the-first-key-of-ops\n", ["Memory__Key"] = " spaces inside stay \r\n\n" });
    private readonly ManualTime time = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ConfigurationManager configuration = new();
    private int reloads;

    public SecretsFolderTests()
    {
        configuration.AddInMemoryCollection([new("Keys:Operator", "from-elsewhere")]);
        ((IConfigurationBuilder)configuration).Add(new SecretsFolder(mount.Path, time));
        Microsoft.Extensions.Primitives.ChangeToken.OnChange(((IConfiguration)configuration).GetReloadToken, () => reloads++);
    }

    public void Dispose()
    {
        configuration.Dispose();
        mount.Dispose();
    }

    [Fact]
    public void Each_file_is_the_setting_of_its_name_without_the_last_line_break_and_over_other_sources() =>
        Assert.Equal(("the-first-key-of-ops", " spaces inside stay "), (configuration["Keys:Operator"], configuration["Memory:Key"]));

    [Fact]
    public void A_turned_link_is_seen_at_the_second_look_and_reloads_once()
    {
        mount.Swap(new() { ["Keys__Operator"] = "the-next-key-of-ops", ["Keys__Viewer"] = "the-key-of-a-viewer" });

        Look();
        Assert.Equal((0, "the-first-key-of-ops"), (reloads, configuration["Keys:Operator"]));
        Look();
        Look();
        Assert.Equal((1, "the-next-key-of-ops", "the-key-of-a-viewer", null),
            (reloads, configuration["Keys:Operator"], configuration["Keys:Viewer"], configuration["Memory:Key"]));
    }

    [Fact]
    public void A_plain_file_that_is_being_written_is_never_taken_in_half()
    {
        var file = Path.Combine(mount.Path, "Keys__Sender");
        foreach (var soFar in new[] { "a", "a-key-t", "a-key-that-is-long-e" })
        {
            File.WriteAllText(file, soFar);
            Look();
        }

        File.WriteAllText(file, "a-key-that-is-long-enough");
        Look();
        Assert.Null(configuration["Keys:Sender"]);
        Look();
        Assert.Equal("a-key-that-is-long-enough", configuration["Keys:Sender"]);
    }

    [Fact]
    public void What_can_not_be_read_takes_nothing_away_and_is_told_once_when_it_lasts()
    {
        var odd = Path.Combine(mount.Path, "Keys__Sender");
        File.WriteAllBytes(odd, [0x73, 0x65, 0x63, 0xFF, 0xFE]);
        Look();
        Assert.Null(Told());
        Look();
        Look();

        Assert.Equal((1, "the-first-key-of-ops"), (reloads, configuration["Keys:Operator"]));
        Assert.Equal($"Secrets:Folder can't be read: {odd} is no text (UTF-8)", Told());

        File.Delete(odd);
        Look();
        Assert.Null(Told());

        Directory.Move(mount.Path, mount.Path + "-away");
        Look();
        Look();
        Assert.Equal((2, "the-first-key-of-ops"), (reloads, configuration["Keys:Operator"]));
        Directory.Move(mount.Path + "-away", mount.Path);
    }

    [Fact]
    public void A_file_that_is_far_too_long_is_told_by_its_name()
    {
        File.WriteAllText(Path.Combine(mount.Path, "Memory__Key__1"), new string('x', 70_000));
        Look();
        Look();

        Assert.Contains("Memory__Key__1 holds more than 65536 bytes", Told());
    }

    [Theory]
    [InlineData("Keys__Operater", "Keys:Operater: found a file of Secrets:Folder with this name")]
    [InlineData("notes.txt", "notes.txt: found a file of Secrets:Folder with this name")]
    [InlineData("WEBSITE_AUTH_ENABLED", "WEBSITE_AUTH_ENABLED: found a file of Secrets:Folder with this name")]
    public void A_file_that_names_no_setting_is_refused(string name, string says)
    {
        mount.Swap(new() { ["Keys__Operator"] = "the-first-key-of-ops", ["Memory__Key"] = "long-enough-to-sign", [name] = "true" });
        Look();
        Look();

        var fault = Assert.Throws<SettingsException>(() => ReactorSettings.Load(configuration, new Exposure(true, "loopback")));

        Assert.Contains(says, Assert.Single(fault.Faults).ToString());
    }

    [Fact]
    public void Names_that_begin_with_two_dots_and_folders_are_none_of_its_files()
    {
        Directory.CreateDirectory(Path.Combine(mount.Path, "lost+found"));
        File.WriteAllText(Path.Combine(mount.Path, "..tmp"), "x");

        Assert.Equal("the-first-key-of-ops", ReactorSettings.Load(configuration, new Exposure(true, "loopback")).Secrets.Keys[Reactor.Access.Role.Operator].Single().Reveal());
    }

    private void Look() => time.Advance(SecretsFolder.Period);

    private string? Told() => ((IConfigurationRoot)configuration).Providers.OfType<ITellsReloadFault>().Single().ReloadFault;
}
