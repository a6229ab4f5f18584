namespace Sophia.Keda.Reactor.Settings;

/// <summary>A setting that no log, page or exception may show.</summary>
public sealed record Secret
{
    private readonly string value;

    public Secret(string value) => this.value = value;

    public string Reveal() => value;

    public override string ToString() => "(secret)";
}
