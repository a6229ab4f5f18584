using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>
/// "verify-audit": the trail in the store of these settings, without starting the host; "verify-audit FILE": an exported JSON Lines file, with
/// no store at all. --head and --anchor take number:hash.
/// </summary>
public static class VerifyAuditCommand
{
    public const string Name = "verify-audit";

    private const string Head = "--head";
    private const string Anchor = "--anchor";

    private const int Fits = 0;
    private const int Wrong = 1;
    private const int Misused = 2;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter answer, CancellationToken cancel)
    {
        var rest = new List<string>();
        AuditPoint? head = null, anchor = null;
        string? file = null;
        for (var i = 0; i < args.Count; i++)
        {
            var option = args[i] is Head or Anchor;
            if (option && (i + 1 == args.Count || AuditHash.Parse(args[i + 1]) is null))
            {
                await answer.WriteLineAsync($"{args[i]}: expected number:hash, the hash of 64 hexadecimal digits");
                return Misused;
            }

            if (option && args[i] == Head) head = AuditHash.Parse(args[++i]);
            else if (option) anchor = AuditHash.Parse(args[++i]);
            else if (i == 0 && !args[i].StartsWith('-')) file = args[i];
            else rest.Add(args[i]);
        }

        // What a run does not look at is refused: a check by other settings, or from elsewhere, than was meant proves something else.
        if (file is not null && rest is [var idle, ..])
        {
            await answer.WriteLineAsync($"{idle}: found beside a file; expected {Head} or {Anchor}: a file is verified by no settings");
            return Misused;
        }

        if (file is null && anchor is not null)
        {
            await answer.WriteLineAsync($"{Anchor}: found without a file; expected {Name} FILE {Anchor} number:hash");
            return Misused;
        }

        var flags = rest.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=')[0]);
        if (flags.FirstOrDefault(word => EditDistance.Nearest(word, [Head, Anchor]) is not null) is { } flag)
        {
            await answer.WriteLineAsync($"{flag}: found a flag that nothing reads; expected {Head} number:hash or {Anchor} number:hash");
            return Misused;
        }

        return file is null ? await StoreAsync([.. rest], head, answer, cancel) : await FileAsync(file, anchor, head, answer, cancel);
    }

    private static async Task<int> FileAsync(string file, AuditPoint? anchor, AuditPoint? head, TextWriter answer, CancellationToken cancel)
    {
        if (!File.Exists(file))
        {
            await answer.WriteLineAsync($"{file} is not there");
            return Misused;
        }

        var (fault, records, at) = AuditFile.Verify(await File.ReadAllLinesAsync(file, cancel), anchor, head);
        await answer.WriteLineAsync(Said(fault, records, at));
        return fault is null ? Fits : Wrong;
    }

    private static async Task<int> StoreAsync(string[] settings, AuditPoint? head, TextWriter answer, CancellationToken cancel)
    {
        await using var host = StandaloneHost.Build(new StandaloneOptions { Args = settings });
        var trail = host.Services.GetRequiredService<IAuditTrail>();
        await new AuditSealer(trail).SealAsync(cancel);
        var verdict = await AuditVerification.RunAsync(trail, from: null, head, () => true, cancel);
        await answer.WriteLineAsync($"{Said(verdict.Fault, verdict.Records, verdict.At)}, chain {verdict.Trail.Chain}");
        return verdict.Fault is null ? Fits : Wrong;
    }

    private static string Said(string? fault, long records, AuditPoint at) =>
        fault is null ? $"{records} records fit, head {at}" : $"After {records} records that fit, up to {at.Sequence}: {fault}";
}
