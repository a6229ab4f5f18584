namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A kubeconfig that the settings name. There is no default: a tool that writes must not guess whose cluster is meant.</summary>
/// <param name="File">Its path.</param>
/// <param name="Context">Which of its contexts; null: its current one.</param>
public sealed record KubeConfig(string File, string? Context);
