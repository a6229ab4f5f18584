namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>A folder of one test's own, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("reactor-state-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
