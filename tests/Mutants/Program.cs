using System.Diagnostics;
using System.Globalization;
using Sophia.Keda.Reactor.Mutants;

// tests/mutants.sh says how it is called: FOLDER RESULTS SHARD SHARDS [EARLIER]. A line for each mutant: number, what became of it, which test saw it.
// EARLIER are results of a run before: the test that saw a mutant then is tried first.
// Exit code 3: a mutant never ended, and its thread can't be stopped; called again it goes on behind it.
const int NeverEnded = 3;
var (folder, results) = (Path.GetFullPath(args[0]), Path.GetFullPath(args[1]));
var (shard, shards) = (int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture));
Environment.CurrentDirectory = folder;

var all = new MutatedTests(folder);
var sound = all.Tests.Where(test => MutatedTests.Failure(test) is not { } why || !Said($"{test.Name} fails without a mutant: {why}")).ToList();
var times = sound.ToDictionary(test => test.Name, Time, StringComparer.Ordinal);
var covering = new Dictionary<int, List<Test>>();
foreach (var test in sound.OrderBy(test => times[test.Name]))
{
    foreach (var mutant in all.CoveredBy(test))
    {
        if (!covering.TryGetValue(mutant, out var tests))
            covering[mutant] = tests = [];
        tests.Add(test);
    }
}

var done = File.Exists(results) ? File.ReadLines(results).Select(line => int.Parse(line.Split('\t')[0], CultureInfo.InvariantCulture)).ToHashSet() : [];
using var writer = new StreamWriter(results, append: true) { AutoFlush = true };
var killers = new List<string>();
var earlier = (args.Length > 4 ? File.ReadLines(args[4]) : []).Select(line => line.Split('\t')).Where(parts => parts.Length > 2)
    .ToDictionary(parts => int.Parse(parts[0], CultureInfo.InvariantCulture), parts => parts[2]);
foreach (var mutant in MutantIds.In(all.Core, all.Control).Where((_, i) => i % shards == shard).Where(mutant => !done.Contains(mutant)))
{
    // What no test comes to may stand in a static initializer, which has run long ago: it is loaded afresh, and every test may see it.
    if (covering.TryGetValue(mutant, out var tests))
    {
        all.Activate(mutant);
        writer.WriteLine($"{mutant}\t{Try(mutant, tests) ?? "Survived"}");
        all.Activate(-1);
    }
    else
    {
        var fresh = new MutatedTests(folder, mutant).Tests.Where(test => times.ContainsKey(test.Name)).OrderBy(test => times[test.Name]);
        writer.WriteLine($"{mutant}\t{Try(mutant, fresh) ?? "NoCoverage"}");
    }
}

return 0;

// Those first that killed lately: a mutant's neighbours are seen by the same tests.
string? Try(int mutant, IEnumerable<Test> tests)
{
    foreach (var test in tests.OrderBy(test => test.Name == earlier.GetValueOrDefault(mutant) ? -1 : killers.IndexOf(test.Name) is >= 0 and < 40 and var at ? at : 40))
    {
        string? failure = null;
        var thread = new Thread(() => failure = MutatedTests.Failure(test), 64 << 20) { IsBackground = true };
        thread.Start();
        if (!thread.Join(TimeSpan.FromMilliseconds(10_000 + times[test.Name] * 30)))
        {
            writer.WriteLine($"{mutant}\tTimeout\t{test.Name}");
            writer.Flush();
            Environment.Exit(NeverEnded);
        }

        if (failure is null)
            continue;
        killers.Remove(test.Name);
        killers.Insert(0, test.Name);
        return $"Killed\t{test.Name}\t{failure}";
    }

    return null;
}

static double Time(Test test)
{
    var watch = Stopwatch.StartNew();
    MutatedTests.Failure(test);
    return watch.Elapsed.TotalMilliseconds;
}

static bool Said(string words)
{
    Console.Error.WriteLine(words);
    return true;
}
