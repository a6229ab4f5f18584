using Sophia.Keda.Reactor.Bench;

// dotnet run -c Release --project tests/Bench [targets …]    what the state costs
// dotnet run -c Release --project tests/Bench start          how soon the standalone host answers
if (args is ["start"])
{
    await ColdStart.RunAsync(Console.Out);
    return;
}

int[] sizes = args.Length == 0 ? [10, 1_000, 10_000] : [.. args.Select(int.Parse)];
await StoreBench.RunAsync(sizes, Console.Out);
