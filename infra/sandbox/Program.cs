using System.CommandLine;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;
using Sophia.Keda.Reactor.Sandbox.Story;
using Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

var names = Scenario.All.Select(s => s.Name).Append("all").ToArray();
var scenario = new Option<string>("--scenario") { Description = $"What goes wrong: {string.Join(", ", names)}", DefaultValueFactory = _ => "operator-down" };
scenario.AcceptOnlyFromAmong(names);
var targets = new Option<int>("--targets") { Description = "Generated targets beside those of the source documents (0 to 5000)", DefaultValueFactory = _ => 4 };
targets.Validators.Add(r => Range(r, targets, 0, 5000));
var speed = new Option<double>("--speed") { Description = "Simulated seconds in a real one while nothing is under way (1 to 600)", DefaultValueFactory = _ => 60 };
speed.Validators.Add(r => Range(r, speed, 1, 600));
var seed = new Option<ulong>("--seed") { Description = "Varies names, counts and times of faults; the same seed plays the same story", DefaultValueFactory = _ => 1 };
var port = new Option<int>("--port") { Description = "Port of the reactor on loopback", DefaultValueFactory = _ => StoryOptions.DefaultReactorPort };
port.Validators.Add(r => Range(r, port, 0, 65535));
var clusterPort = new Option<int>("--cluster-port") { Description = "Port of the Kubernetes API on loopback", DefaultValueFactory = _ => StoryOptions.DefaultClusterPort };
clusterPort.Validators.Add(r => Range(r, clusterPort, 0, 65535));
var exit = new Option<bool>("--exit") { Description = "Stop after the story: exit code 0 only if its end was reached and every invariant held" };
var serve = new Option<bool>("--serve") { Description = "No story and no reactor: only the cluster and the receivers, in real time, for a reactor that runs elsewhere" };
var receiversPort = new Option<int>("--receivers-port") { Description = "With --serve: port of the Slack and PagerDuty stand-ins on loopback", DefaultValueFactory = _ => StoryOptions.DefaultReceiversPort };
receiversPort.Validators.Add(r => Range(r, receiversPort, 0, 65535));
var keda = new Option<string>("--keda") { Description = "The release of KEDA that is played (2.13 or newer)", DefaultValueFactory = _ => new SandboxOptions().KedaVersion };
keda.Validators.Add(r =>
{
    if (r.Tokens is [var token] && !KedaTraits.Knows(token.Value))
        r.AddError($"--keda is {token.Value}; expected {KedaTable.Versions[0]} or newer.");
});
var list = new Option<bool>("--list") { Description = "Name the scenarios" };

var command = new RootCommand("A Kubernetes API with KEDA on loopback, the real reactor beside it, and a story in which KEDA fails.")
{
    scenario, targets, speed, seed, port, clusterPort, receiversPort, keda, serve, exit, list,
};
command.SetAction(async (parsed, cancel) =>
{
    if (parsed.GetValue(list))
    {
        foreach (var one in Scenario.All)
            Console.WriteLine($"{one.Name,-32} {one.About}");
        Console.WriteLine($"{"all",-32} {string.Join(", ", Scenario.All.Where(s => s.InAll).Select(s => s.Name))}, one after the other");
        return 0;
    }

    var options = new StoryOptions
    {
        Scenario = parsed.GetValue(scenario)!,
        MoreTargets = parsed.GetValue(targets),
        Speed = parsed.GetValue(speed),
        Seed = parsed.GetValue(seed),
        Port = parsed.GetValue(port),
        ClusterPort = parsed.GetValue(clusterPort),
        ReceiversPort = parsed.GetValue(receiversPort),
        KedaVersion = parsed.GetValue(keda)!,
        Exit = parsed.GetValue(exit),
    };
    return parsed.GetValue(serve)
        ? await Serving.RunAsync(options, TimeProvider.System, cancel)
        : await StoryCommand.RunAsync(options, cancel);
});
return await command.Parse(args).InvokeAsync();

static void Range<T>(System.CommandLine.Parsing.OptionResult result, Option<T> option, T least, T most)
    where T : IComparable<T>
{
    if (result.Tokens.Count == 0)
        return;
    T value;
    try
    {
        value = result.GetValue(option)!;
    }
    catch (InvalidOperationException)
    {
        return; // not a number: said already
    }

    if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        result.AddError($"{option.Name} is {value}; expected {least} to {most}.");
}
