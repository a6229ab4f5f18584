namespace Sophia.Keda.Reactor.Functions.Standalone.Attributes; public sealed record Y(int A);
