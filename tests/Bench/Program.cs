using Sophia.Keda.Reactor.Bench;

// dotnet run -c Release --project tests/Bench [targets …]    what the state costs
// dotnet run -c Release --project tests/Bench start          how soon the standalone host answers
// tests/flood.sh                                            what the standalone host bears with 512 MiB
if (args is ["flood"])
    return await Flood.RunAsync(Console.Out);
if (args is ["start"])
{
    await ColdStart.RunAsync(Console.Out);
    return 0;
}

int[] sizes = args.Length == 0 ? [10, 1_000, 10_000] : [.. args.Select(int.Parse)];
await StoreBench.RunAsync(sizes, Console.Out);
return 0;
