namespace Sophia.Keda.Reactor.Settings;

/// <summary>A setting that no log, page or exception may show.</summary>
public sealed class Secret(string value)
{
    public string Reveal() => value;

    public override string ToString() => "(secret)";
}
