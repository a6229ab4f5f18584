using System.Diagnostics;
using System.Globalization;
using Sophia.Keda.Reactor.Simulator.Schedules;

namespace Sophia.Keda.Reactor.Simulator;

/// <summary>What people type to play worlds: <c>dotnet run -c Release --project tests/Simulator -- --seeds 200</c>.</summary>
internal static class Command
{
    private const string Help = """
        Plays seeded worlds in which everything breaks, and holds every promise of the design against what happened.
          --seeds N     plays seeds 1 to N (default 200)
          --from M      begins with seed M
          --seed S      plays one seed, tells all that happened, and of a violation the shortest schedule that still shows it
          --threads T   so many at once (default: one for each processor)
        Exit code 0 when nothing was violated, 1 when something was, 2 when the arguments can't be read.
        """;

    public static int Run(string[] args)
    {
        ulong from = 1, count = 200;
        ulong? one = null;
        var threads = Environment.ProcessorCount;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (args[i] is "--help" or "-h")
            {
                Console.WriteLine(Help);
                return 0;
            }

            if (i + 1 >= args.Length || !ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var value))
                return Wrong($"{args[i]} needs a number");
            switch (args[i])
            {
                case "--seeds": count = value; break;
                case "--from": from = value; break;
                case "--seed": one = value; break;
                case "--threads": threads = (int)Math.Clamp(value, 1, 64); break;
                default: return Wrong($"{args[i]} is not known");
            }
        }

        return one is { } seed ? Tell(seed) : Many(from, count, threads);
    }

    private static int Wrong(string what)
    {
        Console.Error.WriteLine($"{what}\n{Help}");
        return 2;
    }

    private static int Tell(ulong seed)
    {
        var schedule = ScheduleMaker.Of(seed, tells: true);
        Console.WriteLine(schedule);
        var result = SeedRun.Of(schedule);
        foreach (var line in result.Said)
            Console.WriteLine(line);
        Console.WriteLine($"hash {result.Hash:x16}, steps {result.Steps}, lived {result.Lived}");
        foreach (var breach in result.Breaches)
            Console.WriteLine(breach);
        if (result.Holds)
            return 0;
        var shortest = Shrinker.Shrink(result);
        Console.WriteLine($"the shortest schedule that was found:\n{shortest.Schedule}");
        foreach (var breach in shortest.Breaches)
            Console.WriteLine(breach);
        return 1;
    }

    private static int Many(ulong from, ulong count, int threads)
    {
        var watch = Stopwatch.StartNew();
        var sync = new Lock();
        var (done, violations, faults, writes, deaths, lived) = (0UL, 0, 0L, 0L, 0L, TimeSpan.Zero);
        var next = from;
        void Work()
        {
            while (true)
            {
                ulong seed;
                lock (sync)
                {
                    if (next >= from + count)
                        return;
                    seed = next++;
                }

                var result = SeedRun.Of(ScheduleMaker.Of(seed));
                lock (sync)
                {
                    (done, faults, writes, deaths, lived) = (done + 1, faults + result.Faults, writes + result.Writes, deaths + result.Deaths, lived + result.Lived);
                    if (!result.Holds)
                    {
                        violations++;
                        Console.WriteLine($"seed {seed}: {string.Join(" | ", result.Breaches)}");
                    }
                }
            }
        }

        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        var years = lived.TotalDays / 365.25;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seeds {done}, in {watch.Elapsed.TotalSeconds:0.0} s, simulated years {years:0.0000} ({years / watch.Elapsed.TotalHours:0.00} an hour), faults {faults}, writes {writes}, deaths {deaths}, violations {violations}"));
        return violations == 0 ? 0 : 1;
    }
}
