using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Sandbox.Story.Ending;
using Sophia.Keda.Reactor.Sandbox.Story.Scenarios;
using Sophia.Keda.Reactor.Sandbox.Story.Telling;
using Spectre.Console;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>The command that shows it: start everything, play, sum up, go on serving.</summary>
public static class StoryCommand
{
    private const int Held = 0;
    private const int Broken = 1;
    private const int CouldNotStart = 2;

    public static async Task<int> RunAsync(StoryOptions options, CancellationToken cancel)
    {
        var console = MakeConsole();
        Rig rig;
        try
        {
            rig = await Rig.StartAsync(options, TimeProvider.System);
        }
        catch (Exception fault) when (fault is InvalidOperationException or HostStartException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return CouldNotStart;
        }

        await using (rig)
        {
            console.WriteLine($"Kubernetes API {rig.Kubernetes.Address}   reactor {rig.Reactor.Address}   Slack and PagerDuty {rig.Receivers.Address}   seed {options.Seed}");
            var ending = await PlayAsync(console, rig, options, cancel);
            if (options.Exit || cancel.IsCancellationRequested)
                return ending;
            rig.Clock.StayAtOne();
            Invitation.Show(console, rig);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C
            }

            return ending;
        }
    }

    /// <summary>A pipe or a log gets plain text, and lines that are not broken at 80 columns.</summary>
    private static IAnsiConsole MakeConsole()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        console.Profile.Width = 180;
        return console;
    }

    private static async Task<int> PlayAsync(IAnsiConsole console, Rig rig, StoryOptions options, CancellationToken cancel)
    {
        var started = TimeProvider.System.GetTimestamp();
        var interactive = console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;
        var (began, flown) = (rig.Clock.GetUtcNow(), rig.Clock.FastForwarded);
        StoryRun? story = null;
        try
        {
            if (interactive)
            {
                await console.Live(new Text("")).StartAsync(async live =>
                {
                    story = new StoryRun(rig, new TableTeller(live, console.Profile.Height), cancel);
                    await ScenariosAsync(story, options);
                });
            }
            else
            {
                story = new StoryRun(rig, new LogTeller(Console.Out, TimeProvider.System), cancel);
                await ScenariosAsync(story, options);
            }
        }
        catch (StoryStuckException stuck)
        {
            console.WriteLine();
            console.MarkupLineInterpolated($"[red]The story got stuck.[/] {stuck.Message} Play it again with --seed {options.Seed}.");
            foreach (var violation in (await Verdicts.JudgeAsync(rig)).Violations.Take(20))
                console.WriteLine("  " + violation);
            return Broken;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Broken;
        }
        finally
        {
            story?.Dispose();
        }

        var (facts, violations) = await Verdicts.JudgeAsync(rig);
        if (interactive)
            Summary.Explanations(console, story!);
        Summary.Show(console, story!, facts, violations, TimeProvider.System.GetElapsedTime(started), rig.Clock.GetUtcNow() - began, rig.Clock.FastForwarded - flown);
        return violations.Count == 0 ? Held : Broken;
    }

    private static async Task ScenariosAsync(StoryRun story, StoryOptions options)
    {
        var random = new StoryRandom(options.Seed);
        foreach (var scenario in Scenario.All.Where(s => options.Scenario == "all" ? s.InAll : s.Name == options.Scenario))
            await scenario.PlayAsync(story, random);
    }
}
