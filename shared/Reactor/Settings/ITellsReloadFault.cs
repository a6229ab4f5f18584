namespace Sophia.Keda.Reactor.Settings;

/// <summary>A source of settings that keeps what it had when it can't be read again.</summary>
public interface ITellsReloadFault
{
    /// <summary>Why the last reading failed, without a value; null when it did not.</summary>
    string? ReloadFault { get; }
}
