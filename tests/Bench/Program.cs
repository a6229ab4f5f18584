using Sophia.Keda.Reactor.Bench;

// dotnet run -c Release --project tests/Bench [targets …]
int[] sizes = args.Length == 0 ? [10, 1_000, 10_000] : [.. args.Select(int.Parse)];
await StoreBench.RunAsync(sizes, Console.Out);
